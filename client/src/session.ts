/**
 * One stay in a room, from joining until leaving. It outlives lost connections (it is resumed on the next one) and the
 * loss of its media on the server (it is set up anew); both at once, and one during the other.
 */

import { Device } from 'mediasoup-client';
import type { RtpCapabilities } from 'mediasoup-client/types';
import { DISCONNECTED, RETRY_DELAY, ServerError, isPassing } from './errors';
import type { Participant } from './participant';
import type { Entry } from './protocol';
import { Publisher, type Coding } from './publisher';
import type { QualityLevel } from './quality';
import { Remote } from './remote';
import type { View } from './remote-track';
import type { Permission } from './roles';
import type { Signaling } from './signaling';
import type { Source } from './sources';
import { collectStats, type CallStats } from './stats';
import { Transports, type Direction, type TransportHandlers } from './transports';

export interface Identity {
  room: string;
  userId: string;
  name: string;
  /** What to show to the server, if anything. */
  token: string | undefined;
}

export interface SessionOptions extends TransportHandlers, Coding {
  /** Somebody or something in the room changed. */
  onChange(): void;
  /** There are new transports: what is to be sent has to be published again. */
  onMediaReady(): void;
  /** The room let this person in, or back in. */
  onEntered(answer: Entry): void;
  /** What the room says that this person may do. */
  may(permission: Permission): boolean;
}

/** What a new peer has to know of itself. */
interface Membership {
  peerId: string;
  resumeToken: string;
}

/** How often in a row setting media up may fail before it counts as lost. */
const MAX_FAILURES = 3;

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
  /** Of setting media up, in a row. */
  #failures = 0;
  #closed = false;
  /** Whether others were to be received when it was last looked. */
  #subscribed: boolean;

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
    this.#subscribed = parts.options.may('subscribe');
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
      const answer = await signaling.request('joinRoom', joinRequest(who, device));
      const { peers, activeSpeaker, ...membership } = answer;
      options.onEntered(answer);
      for (const peer of peers) remote.addPeer(peer, peer.producers);
      // Null may be silence as well as a server that never tells: its first event will show.
      if (activeSpeaker) remote.speech.tell(activeSpeaker);
      const transports = await Transports.open(signaling, device, options, directions(options.may));
      const session = new Session({ membership, signaling, who, options, remote, publisher, device, transports });
      if (wasReset) void session.#setUpAnew(rtpCapabilities);
      else session.#start(transports);
      session.adapt();
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
    const { peers, own, activeSpeaker } = answer;
    if (!own) return false;
    this.#options.onEntered(answer);
    this.#remote.warnings.set(this.peerId, own.warnings ?? []);
    this.#remote.speech.correct(activeSpeaker ?? null);
    const complete = this.#transports?.ids.every((id) => own.transports.includes(id)) ?? false;
    this.#remote.reconcile(peers, own);
    if (complete) await this.#publisher.agree(own.producers, own.muted?.producerIds ?? []);
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

  /** Which source is sent as that producer. */
  sourceOf(producerId: string): Source | undefined {
    return this.#publisher.sourceOf(producerId);
  }

  /** This person's rights may have changed: media is set up anew where more is needed than there is. */
  adapt(): void {
    const { may } = this.#options;
    const regained = may('subscribe') && !this.#subscribed;
    this.#subscribed = may('subscribe');
    // What is being set up is looked at again when it is there.
    if (!this.#transports) return;
    const complete = directions(may).every((direction) => this.#transports?.has(direction));
    if (!complete || regained) void this.#setUpAnew(undefined);
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
      const opening = Transports.open(this.#signaling, this.#device, this.#options, directions(this.#options.may));
      const listing = this.#signaling.request('getProducers', { callId: this.#who.room });
      // Transports alone are of no use.
      listing.catch(() => opening.then((transports) => transports.close()).catch(() => undefined));
      const [transports, { producers }] = await Promise.all([opening, listing]);
      if (generation !== this.#generation) return transports.close();
      this.#transports = transports;
      this.#failures = 0;
      for (const producer of producers) this.#remote.addTrack(producer.peerId, producer);
      this.#start(transports);
      this.#options.onMediaReady();
      this.adapt();
    } catch (error) {
      // Another reset may have come, or the connection is lost: both go on by themselves.
      const wanted = () => generation === this.#generation && !this.#closed;
      if (!wanted() || (error instanceof ServerError && error.code === DISCONNECTED)) return;
      console.warn('Cannot set media up anew', error);
      if (!isPassing(error) || ++this.#failures > MAX_FAILURES) return this.#options.onMediaLost();
      setTimeout(() => wanted() && void this.#setUpAnew(rtpCapabilities), RETRY_DELAY);
    }
  }

  #start(transports: Transports): void {
    this.#publisher.start(transports.send, this.#device);
    if (transports.receive) this.#remote.start(transports.receive, this.#device);
  }
}

/** What media has to flow in, for somebody who may do this. */
function directions(may: SessionOptions['may']): Direction[] {
  const publishes = (['publishAudio', 'publishVideo', 'publishScreen'] as const).some(may);
  return [...(publishes ? ['send' as const] : []), ...(may('subscribe') ? ['recv' as const] : [])];
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
