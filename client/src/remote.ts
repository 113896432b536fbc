/** The others in the room: who they are, what they send, and the consumers that receive it. */

import type { Consumer, Device, MediaKind, Transport } from 'mediasoup-client/types';
import type { OwnMedia, RemotePeer, RemoteProducer } from './protocol';
import { compareRemote } from './reconcile';
import type { Signaling } from './signaling';

export interface Participant {
  readonly peerId: string;
  readonly name: string;
  /** Their sound and picture together, so that the browser keeps lips and voice in step. */
  readonly stream: MediaStream;
  microphoneOn: boolean;
  cameraOn: boolean;
  speaking: boolean;
  /** Their connection is lost; they may come back, and may be seen and heard meanwhile. */
  reconnecting: boolean;
}

interface RemoteTrack {
  readonly producerId: string;
  readonly peerId: string;
  readonly kind: MediaKind;
  paused: boolean;
  consumer?: Consumer;
}

/** Sound louder than this counts as speech; 1 is the loudest there is. */
const SPEECH_LEVEL = 0.02;
/** Milliseconds between two looks at who is speaking. */
const SPEECH_INTERVAL = 250;

export class Remote {
  readonly #participants = new Map<string, Participant>();
  readonly #tracks = new Map<string, RemoteTrack>();
  readonly #signaling: Signaling;
  readonly #onChange: () => void;
  readonly #unsubscribe: (() => void)[];
  #speechTimer: ReturnType<typeof setInterval> | undefined;
  #transport: Transport | undefined;
  #device: Device | undefined;
  /** Tracks whose transport is gone, shown until others take their place: by peer and kind. */
  readonly #former = new Map<string, MediaStreamTrack>();

  /** Listens from now on; receiving begins with {@link start}. */
  constructor(signaling: Signaling, onChange: () => void) {
    this.#signaling = signaling;
    this.#onChange = onChange;
    const paused = (value: boolean) => (event: { producerId: string }) => this.#setPaused(event.producerId, value);
    const closed = (event: { producerId: string }) => this.#removeTrack(event.producerId);
    this.#unsubscribe = [
      signaling.on('peerJoined', (peer) => this.addPeer(peer, [])),
      signaling.on('peerLeft', ({ peerId }) => this.#removePeer(peerId)),
      signaling.on('peerReconnecting', ({ peerId }) => this.#setReconnecting(peerId, true)),
      signaling.on('peerResumed', ({ peerId }) => this.#setReconnecting(peerId, false)),
      signaling.on('newProducer', (producer) => this.addTrack(producer.peerId, producer)),
      signaling.on('producerClosed', closed),
      signaling.on('consumerClosed', closed),
      signaling.on('producerPaused', paused(true)),
      signaling.on('consumerPaused', paused(true)),
      signaling.on('producerResumed', paused(false)),
      signaling.on('consumerResumed', paused(false)),
    ];
  }

  get participants(): Participant[] {
    return [...this.#participants.values()];
  }

  /** What is being received, for statistics. */
  get received(): { participant: Participant; consumer: Consumer }[] {
    return [...this.#tracks.values()].flatMap(({ peerId, consumer }) => {
      const participant = this.#participants.get(peerId);
      return participant && consumer ? [{ participant, consumer }] : [];
    });
  }

  addPeer(peer: RemotePeer, producers: RemoteProducer[]): void {
    if (!this.#participants.has(peer.peerId)) {
      this.#participants.set(peer.peerId, {
        peerId: peer.peerId,
        name: peer.displayName || peer.userId,
        stream: new MediaStream(),
        microphoneOn: false,
        cameraOn: false,
        speaking: false,
        reconnecting: peer.reconnecting ?? false,
      });
    }
    for (const producer of producers) this.addTrack(peer.peerId, producer);
    this.#onChange();
  }

  /** Receives through `transport` all that is known already and all that comes. */
  start(transport: Transport, device: Device): void {
    this.#transport = transport;
    this.#device = device;
    for (const track of this.#tracks.values()) void this.#receive(track);
    this.#speechTimer ??= setInterval(() => this.#watchSpeech(), SPEECH_INTERVAL);
  }

  /** The server has none of this any more. The people stay, each with their last picture. */
  forgetMedia(): void {
    this.#transport = undefined;
    for (const { peerId, kind, consumer } of this.#tracks.values()) {
      if (!consumer) continue;
      this.#former.set(`${peerId} ${kind}`, consumer.track);
      consumer.close();
    }
    this.#tracks.clear();
  }

  /** After coming back: what changed meanwhile, by the server's list of everybody and of what this page has there. */
  reconcile(peers: (RemotePeer & { producers: RemoteProducer[] })[], own: OwnMedia): void {
    const tracks = [...this.#tracks.values()].map(({ producerId, consumer }) => ({ producerId, consumerId: consumer?.id }));
    const { peersGone, gone, again, paused } = compareRemote(this.#participants.keys(), tracks, peers, own);
    peersGone.forEach((peerId) => this.#removePeer(peerId));
    gone.forEach((producerId) => this.#removeTrack(producerId));
    again.forEach((producerId) => this.#removeTrack(producerId));
    for (const [producerId, value] of paused) this.#setPaused(producerId, value);
    for (const peer of peers) {
      this.addPeer(peer, peer.producers);
      this.#setReconnecting(peer.peerId, peer.reconnecting ?? false);
    }
  }

  close(): void {
    clearInterval(this.#speechTimer);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const peerId of [...this.#participants.keys()]) this.#removePeer(peerId);
  }

  addTrack(peerId: string, { producerId, kind, paused }: RemoteProducer): void {
    // The list in joinRoom's answer and a newProducer event may both name the same one.
    if (this.#tracks.has(producerId)) return;
    const track: RemoteTrack = { producerId, peerId, kind, paused };
    this.#tracks.set(producerId, track);
    void this.#receive(track);
  }

  async #receive(track: RemoteTrack): Promise<void> {
    const [transport, device] = [this.#transport, this.#device];
    if (!transport || !device) return;
    try {
      const { id, producerId, kind, rtpParameters } = await this.#signaling.request('consume', {
        transportId: transport.id,
        producerId: track.producerId,
        rtpCapabilities: device.recvRtpCapabilities,
      });
      const consumer = await transport.consume({ id, producerId, kind, rtpParameters, streamId: track.peerId });
      if (this.#tracks.get(track.producerId) !== track) return consumer.close(); // it ended meanwhile
      track.consumer = consumer;
      this.#dropFormer(track.peerId, track.kind);
      this.#participants.get(track.peerId)?.stream.addTrack(consumer.track);
      this.#refresh(track.peerId);
      // Consumers are made paused, so that no key frame is lost before the browser can decode it.
      await this.#signaling.request('resumeConsumer', { consumerId: id });
    } catch (error) {
      // A producer may end while we ask for it, and a connection may be lost: both have their own events.
      if (this.#tracks.get(track.producerId) === track && transport === this.#transport) {
        console.warn('Cannot receive', track.kind, error);
      }
    }
  }

  #setPaused(producerId: string, paused: boolean): void {
    const track = this.#tracks.get(producerId);
    if (!track) return;
    track.paused = paused;
    this.#refresh(track.peerId);
  }

  #removeTrack(producerId: string): void {
    const track = this.#tracks.get(producerId);
    if (!track) return;
    this.#tracks.delete(producerId);
    if (track.consumer) {
      this.#participants.get(track.peerId)?.stream.removeTrack(track.consumer.track);
      track.consumer.close();
    }
    this.#refresh(track.peerId);
  }

  #dropFormer(peerId: string, kind: MediaKind): void {
    const track = this.#former.get(`${peerId} ${kind}`);
    if (!track) return;
    this.#former.delete(`${peerId} ${kind}`);
    this.#participants.get(peerId)?.stream.removeTrack(track);
  }

  #setReconnecting(peerId: string, reconnecting: boolean): void {
    const participant = this.#participants.get(peerId);
    if (!participant || participant.reconnecting === reconnecting) return;
    participant.reconnecting = reconnecting;
    this.#onChange();
  }

  #removePeer(peerId: string): void {
    this.#dropFormer(peerId, 'audio');
    this.#dropFormer(peerId, 'video');
    for (const track of [...this.#tracks.values()]) {
      if (track.peerId === peerId) this.#removeTrack(track.producerId);
    }
    if (this.#participants.delete(peerId)) this.#onChange();
  }

  #refresh(peerId: string): void {
    const participant = this.#participants.get(peerId);
    if (!participant) return;
    const live = (kind: MediaKind) =>
      this.#former.has(`${peerId} ${kind}`) ||
      [...this.#tracks.values()].some((t) => t.peerId === peerId && t.kind === kind && !t.paused && t.consumer);
    participant.microphoneOn = live('audio');
    participant.cameraOn = live('video');
    this.#onChange();
  }

  #watchSpeech(): void {
    for (const { peerId, kind, paused, consumer } of this.#tracks.values()) {
      const participant = this.#participants.get(peerId);
      if (kind !== 'audio' || !participant) continue;
      const level = consumer?.rtpReceiver?.getSynchronizationSources()[0]?.audioLevel ?? 0;
      const speaking = !paused && level > SPEECH_LEVEL;
      if (speaking === participant.speaking) continue;
      participant.speaking = speaking;
      this.#onChange();
    }
  }
}
