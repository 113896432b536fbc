/**
 * One stay in a room, from joining until leaving. It outlives lost connections (it is resumed on the next one) and the
 * loss of its media on the server (it is set up anew); both at once, and one during the other.
 */

import { Device } from 'mediasoup-client';
import type { RtpCapabilities } from 'mediasoup-client/types';
import { DISCONNECTED, ServerError } from './errors';
import type { Participant } from './participant';
import type { Message } from './protocol';
import { Publisher, type Coding } from './publisher';
import type { QualityLevel } from './quality';
import { Remote } from './remote';
import type { View } from './remote-track';
import type { Signaling } from './signaling';
import type { Source } from './sources';
import { collectStats, type CallStats } from './stats';
import { Transports, type TransportHandlers } from './transports';

export interface Identity {
  room: string;
  userId: string;
  name: string;
}

export interface SessionOptions extends TransportHandlers, Coding {
  /** Somebody or something in the room changed. */
  onChange(): void;
  /** There are new transports: what is to be sent has to be published again. */
  onMediaReady(): void;
  /** What the server kept of what was said before, or while the connection was lost. */
  onMessages(messages: Message[]): void;
}

/** What a new peer has to know of itself. */
interface Membership {
  peerId: string;
  resumeToken: string;
}

export class Session {
  readonly peerId: string;
  readonly #resumeToken: string;
  readonly #signaling: Signaling;
  readonly #who: Identity;
  readonly #options: SessionOptions;
  readonly #remote: Remote;
  readonly #unsubscribe: () => void;
  readonly #publisher: Publisher;
  #device: Device;
  #transports: Transports | undefined;
  /** Counts the times that media was set up: what an older one still gets done is of no use. */
  #generation = 0;
  #closed = false;

  private constructor(parts: {
    membership: Membership;
    signaling: Signaling;
    who: Identity;
    options: SessionOptions;
    remote: Remote;
    publisher: Publisher;
    device: Device;
    transports: Transports;
  }) {
    this.peerId = parts.membership.peerId;
    this.#resumeToken = parts.membership.resumeToken;
    this.#signaling = parts.signaling;
    this.#who = parts.who;
    this.#options = parts.options;
    this.#remote = parts.remote;
    this.#publisher = parts.publisher;
    this.#device = parts.device;
    this.#transports = parts.transports;
    this.#unsubscribe = parts.signaling.on('mediaReset', ({ rtpCapabilities }) => void this.#setUpAnew(rtpCapabilities));
  }

  /** Enters the room and receives what the others send. What it made is closed again if a step fails. */
  static async join(signaling: Signaling, who: Identity, options: SessionOptions): Promise<Session> {
    const { rtpCapabilities } = await signaling.request('createRoom', { callId: who.room });
    const device = await loadedDevice(rtpCapabilities);

    // Listening begins before joining: others' events may arrive right behind the answer.
    const remote = new Remote(signaling, options.onChange);
    const publisher = new Publisher(signaling, options);
    let wasReset = false;
    const unsubscribe = signaling.on('mediaReset', () => (wasReset = true));
    try {
      const { peers, activeSpeaker, messages, ...membership } = await signaling.request('joinRoom', joinRequest(who, device));
      for (const peer of peers) remote.addPeer(peer, peer.producers);
      // Null may be silence as well as a server that never tells: its first event will show.
      if (activeSpeaker) remote.speech.tell(activeSpeaker);
      if (messages) options.onMessages(messages);
      const transports = await Transports.open(signaling, device, options);
      const session = new Session({ membership, signaling, who, options, remote, publisher, device, transports });
      if (wasReset) void session.#setUpAnew(rtpCapabilities);
      else session.#start(transports);
      return session;
    } catch (error) {
      remote.close();
      publisher.close();
      // Half inside is the worst place to be: nobody could join from there again.
      await signaling.request('leaveRoom').catch(() => undefined);
      throw error;
    } finally {
      unsubscribe();
    }
  }

  /**
   * Goes on over a new connection, media untouched. False if the server does not know this stay any more; throws if
   * the connection is lost again.
   */
  async resume(): Promise<boolean> {
    let answer;
    try {
      answer = await this.#signaling.request('joinRoom', {
        ...joinRequest(this.#who, this.#device),
        resumeToken: this.#resumeToken,
      });
    } catch (error) {
      if (error instanceof ServerError && error.code === DISCONNECTED) throw error;
      return false;
    }
    const { peers, own, activeSpeaker, messages } = answer;
    if (!own) return false;
    this.#remote.warnings.set(this.peerId, own.warnings ?? []);
    this.#remote.speech.correct(activeSpeaker ?? null);
    if (messages) this.#options.onMessages(messages);
    const complete = this.#transports?.ids.every((id) => own.transports.includes(id)) ?? false;
    this.#remote.reconcile(peers, own);
    if (complete) await this.#publisher.agree(own.producers);
    // What was asked for while the connection was lost is half done at best.
    else void this.#setUpAnew(undefined);
    return true;
  }

  get participants(): Participant[] {
    return this.#remote.participants;
  }

  /** Whether this page's own person is who speaks. */
  get speaking(): boolean {
    return this.#remote.speech.isSpeaking(this.peerId);
  }

  /** How good this page's own connection is. */
  get quality(): QualityLevel {
    return this.#remote.qualityOf(this.peerId);
  }

  /** See {@link Publisher.publish}. */
  publish(source: Source, track: MediaStreamTrack | undefined, paused: boolean): Promise<void> {
    return this.#publisher.publish(source, track, paused);
  }

  /** How large somebody's picture is on the screen now. */
  look(peerId: string, source: Source, view: View): void {
    this.#remote.look(peerId, source, view);
  }

  async stats(): Promise<CallStats | undefined> {
    return this.#transports && collectStats(this.#transports, this.#publisher.sent, this.#remote.received);
  }

  restartIce(): void {
    this.#transports?.restartIce();
  }

  /** Ends the media. Telling the server is the caller's affair: there may be no connection left. */
  close(): void {
    this.#closed = true;
    this.#generation++;
    this.#unsubscribe();
    this.#remote.close();
    this.#publisher.close();
    this.#transports?.close();
  }

  /** New transports for all that there is. The people stay, and so do their last pictures until the next ones come. */
  async #setUpAnew(rtpCapabilities: RtpCapabilities | undefined): Promise<void> {
    const generation = ++this.#generation;
    this.#transports?.close();
    this.#transports = undefined;
    this.#publisher.forget();
    this.#remote.forgetMedia();
    try {
      if (rtpCapabilities) this.#device = await loadedDevice(rtpCapabilities, this.#device);
      const [transports, { producers }] = await Promise.all([
        Transports.open(this.#signaling, this.#device, this.#options),
        this.#signaling.request('getProducers', { callId: this.#who.room }),
      ]);
      if (generation !== this.#generation) return transports.close();
      this.#transports = transports;
      for (const producer of producers) this.#remote.addTrack(producer.peerId, producer);
      this.#start(transports);
      this.#options.onMediaReady();
    } catch (error) {
      // Another reset may have come, or the connection is lost: both go on by themselves.
      if (generation !== this.#generation || this.#closed) return;
      if (error instanceof ServerError && error.code === DISCONNECTED) return;
      console.warn('Cannot set media up anew', error);
      if (!(error instanceof ServerError && error.code === 'UNAVAILABLE')) this.#options.onMediaLost();
    }
  }

  #start(transports: Transports): void {
    this.#publisher.start(transports.send, this.#device);
    this.#remote.start(transports.receive, this.#device);
  }
}

function joinRequest(who: Identity, device: Device) {
  return { callId: who.room, userId: who.userId, displayName: who.name, rtpCapabilities: device.recvRtpCapabilities };
}

/** A device for a router; the one there is, if that router can do the same. */
async function loadedDevice(routerRtpCapabilities: RtpCapabilities, current?: Device): Promise<Device> {
  const wanted = JSON.stringify(routerRtpCapabilities);
  if (current && loadedWith.get(current) === wanted) return current;
  const device = await Device.factory();
  await device.load({ routerRtpCapabilities });
  loadedWith.set(device, wanted);
  return device;
}

const loadedWith = new WeakMap<Device, string>();
