/** The others in the room: who they are, and what of theirs is received. */

import type { Device, Transport } from 'mediasoup-client/types';
import { RETRY_DELAY, isPassing } from './errors';
import { FormerTracks } from './former-tracks';
import { newParticipant, type Participant } from './participant';
import type { OwnMedia, RemotePeer, RemoteProducer } from './protocol';
import { Warnings, qualityLevel, trackScore, type QualityLevel } from './quality';
import { compareRemote } from './reconcile';
import { RemoteTrack, type View } from './remote-track';
import type { Role } from './roles';
import type { Signaling } from './signaling';
import { SOURCES, sourceName, type Source } from './sources';
import { Speech } from './speech';

export class Remote {
  readonly #participants = new Map<string, Participant>();
  readonly #tracks = new Map<string, RemoteTrack>();
  readonly #signaling: Signaling;
  readonly #onChange: () => void;
  readonly #unsubscribe: (() => void)[];
  readonly #warnings: Warnings;
  readonly #speech: Speech;
  #transport: Transport | undefined;
  #device: Device | undefined;
  /** By peer and source, as {@link key} makes one of both. */
  readonly #former: FormerTracks;
  /** Of pictures only; likewise. */
  readonly #views = new Map<string, View>();

  /** Listens from now on; receiving begins with {@link start}. */
  constructor(signaling: Signaling, onChange: () => void) {
    this.#signaling = signaling;
    this.#onChange = onChange;
    this.#former = new FormerTracks((keys) => {
      for (const { peerId } of this.participants) {
        for (const source of SOURCES) if (keys.includes(key(peerId, source))) this.#dropFormer(peerId, source);
        this.#refresh(peerId);
      }
    });
    this.#warnings = new Warnings(signaling, (peerId) => this.#refresh(peerId));
    this.#speech = new Speech(() => [...this.#participants.keys()].forEach((peerId) => this.#refresh(peerId)));
    const paused = (value: boolean) => (event: { producerId: string }) => this.#setPaused(event.producerId, value);
    const closed = (event: { producerId: string }) => this.#removeTrack(event.producerId);
    this.#unsubscribe = [
      signaling.on('peerJoined', (peer) => this.addPeer(peer, [])),
      signaling.on('peerLeft', ({ peerId }) => this.#removePeer(peerId)),
      signaling.on('peerReconnecting', ({ peerId }) => this.#setReconnecting(peerId, true)),
      signaling.on('peerResumed', ({ peerId }) => this.#setReconnecting(peerId, false)),
      signaling.on('peerRoleChanged', ({ peerId, role }) => this.#setRole(peerId, role)),
      signaling.on('newProducer', (producer) => this.addTrack(producer.peerId, producer)),
      signaling.on('producerClosed', closed),
      signaling.on('consumerClosed', closed),
      signaling.on('producerPaused', paused(true)),
      signaling.on('consumerPaused', paused(true)),
      signaling.on('producerResumed', paused(false)),
      signaling.on('consumerResumed', paused(false)),
      signaling.on('activeSpeaker', (speaker) => this.#speech.tell(speaker)),
      signaling.on('consumerLayersChanged', ({ consumerId, layers }) => {
        const track = this.#receivedAs(consumerId);
        if (track) track.layers = layers ?? undefined;
      }),
      signaling.on('consumerScore', ({ consumerId, score }) => {
        const track = this.#receivedAs(consumerId);
        if (!track) return;
        track.score = trackScore(score);
        const known = this.#participants.get(track.peerId)?.quality;
        if (known !== this.qualityOf(track.peerId)) this.#refresh(track.peerId);
      }),
    ];
  }

  get participants(): Participant[] {
    return [...this.#participants.values()];
  }

  get speech(): Speech {
    return this.#speech;
  }

  get warnings(): Warnings {
    return this.#warnings;
  }

  /** What is being received, for statistics. */
  get received(): { participant: Participant; track: RemoteTrack }[] {
    return [...this.#tracks.values()].flatMap((track) => {
      const participant = this.#participants.get(track.peerId);
      return participant && track.consumer ? [{ participant, track }] : [];
    });
  }

  /** By the server's warnings; for oneself, too. */
  qualityOf(peerId: string): QualityLevel {
    const scores = [...this.#tracks.values()].filter((track) => track.peerId === peerId && !track.paused);
    return qualityLevel(this.#warnings.of(peerId), scores.map(({ score }) => score ?? 10));
  }

  addPeer(peer: RemotePeer, producers: RemoteProducer[]): void {
    if (!this.#participants.has(peer.peerId)) {
      this.#participants.set(peer.peerId, newParticipant(peer));
      this.#warnings.set(peer.peerId, peer.warnings ?? []);
    }
    if (peer.role) this.#setRole(peer.peerId, peer.role);
    for (const producer of producers) this.addTrack(peer.peerId, producer);
    this.#refresh(peer.peerId);
  }

  /** Receives through `transport` all that is known already and all that comes. */
  start(transport: Transport, device: Device): void {
    this.#transport = transport;
    this.#device = device;
    for (const track of this.#tracks.values()) void this.#receive(track);
    this.#speech.watch(() => this.#levels());
  }

  /** How large somebody's picture is on the screen now. */
  look(peerId: string, source: Source, view: View): void {
    this.#views.set(key(peerId, source), view);
    for (const track of this.#tracks.values()) {
      if (track.peerId === peerId && track.source === source) track.show(view);
    }
  }

  /** The server has none of this any more. The people stay, each with their last picture. */
  forgetMedia(): void {
    this.#transport = undefined;
    for (const { peerId, source, consumer } of this.#tracks.values()) {
      if (!consumer) continue;
      this.#former.keep(key(peerId, source), consumer.track);
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
    const layers = new Map(own.consumers.map((consumer) => [consumer.consumerId, consumer.layers]));
    for (const track of this.#tracks.values()) {
      track.tellAgain();
      track.layers = layers.get(track.consumer?.id ?? '') ?? undefined;
    }
    for (const [producerId, value] of paused) this.#setPaused(producerId, value);
    for (const peer of peers) {
      this.#warnings.set(peer.peerId, peer.warnings ?? []);
      this.addPeer(peer, peer.producers);
      this.#setReconnecting(peer.peerId, peer.reconnecting ?? false);
    }
  }

  close(): void {
    this.#speech.close();
    this.#warnings.close();
    this.#former.close();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const peerId of [...this.#participants.keys()]) this.#removePeer(peerId);
  }

  addTrack(peerId: string, producer: RemoteProducer): void {
    // The list in joinRoom's answer and a newProducer event may both name the same one.
    if (this.#tracks.has(producer.producerId)) return;
    const track = new RemoteTrack(peerId, producer);
    this.#tracks.set(producer.producerId, track);
    void this.#receive(track);
  }

  async #receive(track: RemoteTrack): Promise<void> {
    const [transport, device] = [this.#transport, this.#device];
    if (!transport || !device) return;
    try {
      if (!(await track.receive(this.#signaling, transport, device)) || !track.consumer) return;
      this.#dropFormer(track.peerId, track.source);
      this.#streamOf(track)?.addTrack(track.consumer.track);
      track.show(this.#views.get(key(track.peerId, track.source)));
      this.#refresh(track.peerId);
    } catch (error) {
      // A producer may end while we ask for it, and a connection may be lost: both have their own events.
      const wanted = () => this.#tracks.get(track.producerId) === track && transport === this.#transport;
      if (!wanted()) return;
      console.warn('Cannot receive', track.source, error);
      if (isPassing(error)) setTimeout(() => wanted() && void this.#receive(track), RETRY_DELAY);
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
    track.close();
    if (track.consumer) this.#streamOf(track)?.removeTrack(track.consumer.track);
    this.#refresh(track.peerId);
  }

  #dropFormer(peerId: string, source: Source): void {
    const track = this.#former.take(key(peerId, source));
    if (track) this.#streamOf({ peerId, source })?.removeTrack(track);
  }

  #streamOf({ peerId, source }: { peerId: string; source: Source }): MediaStream | undefined {
    return this.#participants.get(peerId)?.[sourceName(source) === 'screen' ? 'screen' : 'stream'];
  }

  #receivedAs(consumerId: string): RemoteTrack | undefined {
    return [...this.#tracks.values()].find(({ consumer }) => consumer?.id === consumerId);
  }

  #setReconnecting(peerId: string, reconnecting: boolean): void {
    const participant = this.#participants.get(peerId);
    if (!participant || participant.reconnecting === reconnecting) return;
    participant.reconnecting = reconnecting;
    this.#onChange();
  }

  #setRole(peerId: string, role: Role): void {
    const participant = this.#participants.get(peerId);
    if (!participant || participant.role === role) return;
    participant.role = role;
    this.#onChange();
  }

  #removePeer(peerId: string): void {
    for (const source of SOURCES) {
      this.#dropFormer(peerId, source);
      this.#views.delete(key(peerId, source));
    }
    this.#warnings.forget(peerId);
    for (const track of [...this.#tracks.values()]) {
      if (track.peerId === peerId) this.#removeTrack(track.producerId);
    }
    if (this.#participants.delete(peerId)) this.#onChange();
  }

  #refresh(peerId: string): void {
    const participant = this.#participants.get(peerId);
    if (participant) {
      const live = (source: Source) =>
        this.#former.has(key(peerId, source)) ||
        [...this.#tracks.values()].some((t) => t.peerId === peerId && t.source === source && !t.paused && t.consumer);
      participant.microphoneOn = live('microphone');
      participant.cameraOn = live('camera');
      participant.screenOn = live('screen');
      participant.speaking = participant.microphoneOn && this.#speech.isSpeaking(peerId);
      participant.quality = this.qualityOf(peerId);
    }
    this.#onChange();
  }

  #levels(): [string, number][] {
    return [...this.#tracks.values()]
      .filter(({ source, paused }) => source === 'microphone' && !paused)
      .map(({ peerId, consumer }) => [peerId, consumer?.rtpReceiver?.getSynchronizationSources()[0]?.audioLevel ?? 0]);
  }
}

function key(peerId: string, source: Source): string {
  return `${peerId} ${source}`;
}
