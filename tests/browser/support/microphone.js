/** What a page's microphone hears, and what comes out on another's side. */

/** To run ahead of a page's own code: a tone instead of the microphone, as loud (0 to 1) as said in either channel. */
export function hearInstead({ left, right }) {
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await original(constraints);
    if (!constraints.audio) return stream;
    const context = new AudioContext();
    const tone = new OscillatorNode(context);
    const merger = new ChannelMergerNode(context, { numberOfInputs: 2 });
    const microphone = new MediaStreamAudioDestinationNode(context);
    for (const [channel, gain] of [left, right].entries()) {
      tone.connect(new GainNode(context, { gain })).connect(merger, 0, channel);
    }
    merger.connect(microphone);
    tone.start();
    return new MediaStream([...microphone.stream.getAudioTracks(), ...stream.getVideoTracks()]);
  };
}

/** How loud (0 to 1) the loudest moment of each channel is, of what a page receives within a second or so. */
export function loudness(caller) {
  return caller.page.evaluate(async () => {
    const receivers = window.connections.flatMap((connection) => connection.getReceivers());
    const { track } = receivers.find(({ track }) => track.kind === 'audio' && track.readyState === 'live' && !track.muted);
    const context = new AudioContext();
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) }).connect(splitter);
    const channels = [0, 1].map((channel) => {
      const analyser = new AnalyserNode(context);
      splitter.connect(analyser, channel);
      return analyser;
    });
    const loudest = [0, 0];
    for (let look = 0; look < 20; look++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const [channel, analyser] of channels.entries()) {
        const samples = new Float32Array(analyser.fftSize);
        analyser.getFloatTimeDomainData(samples);
        loudest[channel] = Math.max(loudest[channel], ...samples.map(Math.abs));
      }
    }
    await context.close();
    return loudest;
  });
}
