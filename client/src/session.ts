/** One stay in a room over one connection: from joining until leaving or the loss of the connection. */

import { Device } from 'mediasoup-client';
import type { MediaKind, Producer, Transport } from 'mediasoup-client/types';
import { describeTransport, summarise, type CallStats } from './stats';
import type { TransportOffer } from './protocol';
import { Remote, type Participant } from './remote';
import type { Signaling } from './signaling';

export interface Identity {
  room: string;
  userId: string;
  name: string;
}

export interface SessionOptions {
  /** Media over TCP only. */
  tcpOnly: boolean;
  /** Somebody or something in the room changed. */
  onChange(): void;
  /** A path for media was found. */
  onMediaFlowing(): void;
  /** Media cannot flow any more, although the connection to the server may be fine. */
  onMediaLost(): void;
}

export class Session {
  readonly peerId: string;
  readonly #signaling: Signaling;
  readonly #remote: Remote;
  readonly #send: Transport;
  readonly #receive: Transport;
  readonly #producers = new Map<MediaKind, Producer>();

  private constructor(parts: { peerId: string; signaling: Signaling; remote: Remote; send: Transport; receive: Transport }) {
    this.peerId = parts.peerId;
    this.#signaling = parts.signaling;
    this.#remote = parts.remote;
    this.#send = parts.send;
    this.#receive = parts.receive;
  }

  /** Enters the room and receives what the others send. What it made is closed again if a step fails. */
  static async join(signaling: Signaling, who: Identity, options: SessionOptions): Promise<Session> {
    const device = await Device.factory();
    const { rtpCapabilities } = await signaling.request('createRoom', { callId: who.room });
    await device.load({ routerRtpCapabilities: rtpCapabilities });

    // Listening begins before joining: others' events may arrive right behind the answer.
    const remote = new Remote(signaling, device, options.onChange);
    try {
      const { peerId, peers } = await signaling.request('joinRoom', {
        callId: who.room,
        userId: who.userId,
        displayName: who.name,
        rtpCapabilities: device.recvRtpCapabilities,
      });
      for (const peer of peers) remote.addPeer(peer, peer.producers);
      const [send, receive] = await Promise.all([
        openTransport(signaling, device, 'send', options),
        openTransport(signaling, device, 'recv', options),
      ]);
      remote.start(receive);
      return new Session({ peerId, signaling, remote, send, receive });
    } catch (error) {
      remote.close();
      // Half inside is the worst place to be: nobody could join from there again.
      await signaling.request('leaveRoom').catch(() => undefined);
      throw error;
    }
  }

  get participants(): Participant[] {
    return this.#remote.participants;
  }

  /** Makes what is sent agree with the track there is: none ends the producer, another one replaces it. */
  async publish(kind: MediaKind, track: MediaStreamTrack | undefined, paused: boolean): Promise<void> {
    const producer = this.#producers.get(kind);
    if (producer && producer.track !== track) {
      this.#producers.delete(kind);
      producer.close();
      await this.#signaling.request('closeProducer', { producerId: producer.id });
    } else if (producer) {
      await this.#setPaused(producer, paused);
      return;
    }
    if (!track || this.#send.closed) return;
    this.#producers.set(
      kind,
      await this.#send.produce({
        track,
        // The track belongs to LocalMedia: it outlives this stay, and a reconnect sends it again.
        stopTracks: false,
        appData: { source: kind === 'audio' ? 'microphone' : 'camera', paused },
        ...(kind === 'video' && { codecOptions: { videoGoogleStartBitrate: 600 } }),
      }),
    );
  }

  async stats(): Promise<CallStats> {
    const [send, receive, received] = await Promise.all([
      describeTransport(this.#send),
      describeTransport(this.#receive),
      Promise.all(this.#remote.received.map(({ participant, consumer }) => summarise(participant, consumer))),
    ]);
    return { send, receive, received };
  }

  /** Ends the media. Telling the server is the caller's affair: there may be no connection left. */
  close(): void {
    this.#remote.close();
    this.#send.close();
    this.#receive.close();
  }

  async #setPaused(producer: Producer, paused: boolean): Promise<void> {
    if (producer.paused === paused) return;
    if (paused) producer.pause();
    else producer.resume();
    await this.#signaling.request(paused ? 'pauseProducer' : 'resumeProducer', { producerId: producer.id });
  }
}

async function openTransport(
  signaling: Signaling,
  device: Device,
  direction: 'send' | 'recv',
  options: SessionOptions,
): Promise<Transport> {
  const offer = await signaling.request('createTransport', { direction });
  const parameters = transportParameters(offer, options.tcpOnly);
  const transport = direction === 'send' ? device.createSendTransport(parameters) : device.createRecvTransport(parameters);

  transport.on('connect', ({ dtlsParameters }, done, fail) => {
    signaling.request('connectTransport', { transportId: transport.id, dtlsParameters }).then(done, fail);
  });
  transport.on('produce', ({ kind, rtpParameters, appData: { paused, ...appData } }, done, fail) => {
    signaling
      .request('produce', { transportId: transport.id, kind, rtpParameters, appData, paused: paused === true })
      .then(done, fail);
  });
  transport.on('connectionstatechange', (state) => {
    if (state === 'connected') options.onMediaFlowing();
    if (state === 'failed') options.onMediaLost();
  });
  return transport;
}

function transportParameters(offer: TransportOffer, tcpOnly: boolean) {
  const { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters, iceServers } = offer;
  return {
    id,
    iceParameters,
    iceCandidates: tcpOnly ? iceCandidates.filter(({ protocol }) => protocol === 'tcp') : iceCandidates,
    dtlsParameters,
    ...(sctpParameters && { sctpParameters }),
    ...(iceServers && { iceServers }),
  };
}
