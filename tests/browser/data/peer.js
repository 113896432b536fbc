/** A client of its own, as an application would write it: mediasoup-client, data channels and nothing else. */

import { Device } from 'mediasoup-client';
import { io } from 'socket.io-client';

class Peer {
  #socket = io({ transports: ['websocket'] });
  #sends;
  #receives;
  #ready = Promise.withResolvers();
  #channels = new Map();
  /** What was received, by label: texts as they are, the rest as its size in bytes. */
  received = {};
  /** How each channel came, by label. */
  announced = {};
  closed = [];

  async join(callId, userId) {
    const { rtpCapabilities: routerRtpCapabilities } = await this.#ask('createRoom', { callId });
    const device = new Device();
    await device.load({ routerRtpCapabilities });
    this.#socket.on('newDataProducer', (producer) => void this.#receive(producer, 'event'));
    this.#socket.on('dataConsumerClosed', ({ reason }) => this.closed.push(reason));
    const { rtpCapabilities } = device;
    const { peers } = await this.#ask('joinRoom', { callId, userId, rtpCapabilities });
    this.#sends = await this.#transport('send', (options) => device.createSendTransport(options));
    this.#receives = await this.#transport('recv', (options) => device.createRecvTransport(options));
    this.#ready.resolve();
    await Promise.all(peers.flatMap((peer) => peer.dataProducers).map((producer) => this.#receive(producer, 'list')));
  }

  async open(options) {
    const channel = await this.#sends.produceData(options);
    if (channel.readyState !== 'open') await new Promise((resolve) => channel.once('open', resolve));
    this.#channels.set(options.label, channel);
  }

  say(label, ...messages) {
    for (const message of messages) this.#channels.get(label).send(message);
  }

  async end(label) {
    const channel = this.#channels.get(label);
    channel.close();
    await this.#ask('closeDataProducer', { dataProducerId: channel.id });
  }

  async leave() {
    await this.#ask('leaveRoom');
    this.#socket.close();
  }

  async #receive({ dataProducerId }, how) {
    // An announcement may come while the transports are still being made.
    await this.#ready.promise;
    const request = { transportId: this.#receives.id, dataProducerId };
    const channel = await this.#receives.consumeData(await this.#ask('consumeData', request));
    const { label, protocol } = channel;
    const { ordered, maxRetransmits } = channel.sctpStreamParameters;
    this.received[label] = [];
    channel.on('message', (message) => {
      this.received[label].push(typeof message === 'string' ? message : (message.byteLength ?? message.size));
    });
    if (channel.readyState !== 'open') await new Promise((resolve) => channel.once('open', resolve));
    this.announced[label] = { how, protocol, ordered, maxRetransmits };
  }

  async #transport(direction, create) {
    const transport = create(await this.#ask('createTransport', { direction }));
    const answer = (event, payload) => (done, failed) => this.#ask(event, payload).then(done, failed);
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      answer('connectTransport', { transportId: transport.id, dtlsParameters })(done, failed);
    });
    transport.on('producedata', ({ sctpStreamParameters, label, protocol }, done, failed) => {
      answer('produceData', { transportId: transport.id, sctpStreamParameters, label, protocol })(done, failed);
    });
    return transport;
  }

  #ask(event, ...payload) {
    return new Promise((resolve, reject) => {
      this.#socket.emit(event, ...payload, ({ success, data, error }) => {
        if (success) resolve(data);
        else reject(new Error(`${event}: ${error.code}: ${error.message}`));
      });
    });
  }
}

window.peer = new Peer();
