/** A call as the person sees it: it survives lost connections by joining anew, until it is left or cannot go on. */

import { Chat } from './chat';
import { LEFT, kicked, refused, roomClosed, type Departure, type WayBack } from './departures';
import { DISCONNECTED, RETRY_DELAY, ServerError, describeRequestError, isPassing } from './errors';
import type { LocalMedia } from './media';
import type { PageOptions } from './options';
import { Order } from './order';
import type { Participant } from './participant';
import type { QualityLevel } from './quality';
import type { View } from './remote-track';
import type { LocalScreen } from './screen';
import { Session, type Identity } from './session';
import { Signaling } from './signaling';
import type { Source } from './sources';
import type { CallStats } from './stats';

export type Phase = 'connecting' | 'joined' | 'reconnecting' | 'ended';

/** How many stays in a row may fail before the call gives up. */
const MAX_FAILURES = 4;

const NOT_SENT_YET = 'The others may not see or hear you yet. Trying again…';
const MEDIA_UNREACHABLE = 'Sound and picture do not get through to the server: a firewall may be in the way.';

export class Call {
  phase: Phase = 'connecting';
  /** A line for the person: what is being waited for, or why the call ended (`undefined`: they left). */
  notice: string | undefined;

  /** Once it has ended: whether and how the person can come back. */
  wayBack: WayBack = 'again';

  readonly identity: Identity;
  readonly chat: Chat;
  readonly order: Order;
  readonly signaling: Signaling;
  readonly #media: LocalMedia;
  readonly #screen: LocalScreen;
  readonly #options: PageOptions;
  readonly #onChange: () => void;
  #session: Session | undefined;
  /** Counts attempts to join, so that one that was overtaken by a newer one ends quietly. */
  #attempt = 0;
  #failures = 0;
  #publishing = false;
  #publishAgain = false;

  constructor(identity: Identity, own: { media: LocalMedia; screen: LocalScreen }, options: PageOptions, onChange: () => void) {
    this.identity = identity;
    this.#media = own.media;
    this.#screen = own.screen;
    this.#options = options;
    this.#onChange = onChange;
    const handlers = {
      connected: () => void this.#enter(),
      disconnected: () => this.#waitForConnection(),
      refused: (error: ServerError) => this.#end(refused(error, identity.token)),
    };
    this.signaling = new Signaling(handlers, identity.token);
    this.chat = new Chat(this.signaling, identity);
    this.order = new Order(this.signaling, own, {
      nameOf: (peerId) => this.#nameOf(peerId),
      sourceOf: (producerId) => this.#session?.sourceOf(producerId),
      onChange,
      onRights: () => this.#session?.adapt(),
    });
    this.signaling.on('roomClosed', ({ reason }) => this.#leaveOrRetry(roomClosed(reason), 'The room was interrupted.'));
    this.signaling.on('kicked', ({ reason, by }) => {
      const interruption = reason === 'timed_out' ? MEDIA_UNREACHABLE : 'The server interrupted the call.';
      this.#leaveOrRetry(kicked(reason, by === null ? undefined : (this.#nameOf(by) ?? 'Somebody')), interruption);
    });
    this.signaling.on('serverDraining', () => {
      this.#show(this.phase, 'The server is about to restart. You will be reconnected automatically.');
    });
    this.signaling.on('requestError', ({ event, code, message }) => console.warn(event, code, message));
  }

  get peerId(): string | undefined {
    return this.#session?.peerId;
  }

  get participants(): Participant[] {
    return this.#session?.participants ?? [];
  }

  /** Whether this page's own person speaks. */
  get speaking(): boolean {
    return this.#session?.speaking ?? false;
  }

  /** How good this page's own connection is. */
  get quality(): QualityLevel {
    return this.#session?.quality ?? 'good';
  }

  /** How large somebody's picture is on the screen now. */
  look(peerId: string, source: Source, view: View): void {
    this.#session?.look(peerId, source, view);
  }

  async stats(): Promise<CallStats | undefined> {
    return this.#session?.stats();
  }

  /** Looks for new paths for media, as after a change of the network. */
  restartIce(): void {
    this.#session?.restartIce();
  }

  /** Sends what the devices now give; called whenever one was switched. Overlapping calls become one after the other. */
  async publish(): Promise<void> {
    this.#publishAgain = true;
    if (this.#publishing) return;
    this.#publishing = true;
    while (this.#publishAgain && this.#session) {
      this.#publishAgain = false;
      await this.#publishTo(this.#session);
    }
    this.#publishing = false;
  }

  /** Leaves the room, or a page that is about to disappear. */
  leave(): void {
    this.#end(LEFT);
  }

  async #publishTo(session: Session): Promise<void> {
    await this.#publishDevices(session);
    try {
      await session.publish('screen', this.#allowed('screen', this.#screen.picture), false);
      await session.publish('screenAudio', this.#allowed('screenAudio', this.#screen.sound), false);
    } catch (error) {
      if (session !== this.#session || this.phase !== 'joined') return;
      console.warn('Cannot share the screen', error);
      if (isPassing(error)) this.#publishSoon();
      else this.#screen.refused(error);
    }
  }

  async #publishDevices(session: Session): Promise<void> {
    try {
      const { microphone, microphoneOn, camera } = this.#media;
      await session.publish('microphone', this.#allowed('microphone', microphone), !microphoneOn);
      await session.publish('camera', this.#allowed('camera', camera), false);
      if (this.notice === NOT_SENT_YET) this.#show(this.phase, undefined);
    } catch (error) {
      // A lost connection is dealt with where it is noticed, and the next stay publishes again.
      if (session !== this.#session || this.phase !== 'joined') return;
      console.warn('Cannot send', error);
      if (isPassing(error)) {
        this.#show('joined', NOT_SENT_YET);
        return this.#publishSoon();
      }
      this.#show('joined', 'The others may not see or hear you. Turn your camera or microphone off and on again.');
    }
  }

  #publishSoon(): void {
    setTimeout(() => void this.publish(), RETRY_DELAY);
  }

  #allowed(source: Source, track: MediaStreamTrack | undefined): MediaStreamTrack | undefined {
    return this.order.mayPublish(source) ? track : undefined;
  }

  async #enter(): Promise<void> {
    const attempt = ++this.#attempt;
    try {
      // Media went on while the connection was lost, and so does the stay, if it has not been away for too long.
      const resumed = (await this.#session?.resume()) ?? false;
      if (attempt !== this.#attempt) return;
      if (!resumed) {
        this.#dropSession();
        const session = await this.#join();
        if (attempt !== this.#attempt) return session.close();
        this.#session = session;
      }
      this.#show('joined', undefined);
      await this.publish();
    } catch (error) {
      if (attempt !== this.#attempt) return;
      // When the connection went, its return starts the next attempt.
      if (error instanceof ServerError && error.code === DISCONNECTED) return;
      console.warn('Cannot join', error);
      if (isPassing(error)) this.#retry(describeRequestError(error));
      else this.#end(refused(error, this.identity.token));
    }
  }

  async #join(): Promise<Session> {
    let session: Session | undefined;
    session = await Session.join(this.signaling, this.identity, {
      ...this.#options,
      onChange: this.#onChange,
      onEntered: (answer) => {
        this.order.entered(answer);
        this.chat.receive(answer.messages ?? []);
      },
      onMuted: (source) => this.order.held(source),
      may: (permission) => this.order.standing.may(permission),
      onMediaReady: () => void this.publish(),
      onMediaFlowing: () => (this.#failures = 0),
      onMediaLost: () => void this.#recoverMedia(session),
    });
    return session;
  }

  /** The media path broke while signalling still works: leave and come in again. */
  async #recoverMedia(session: Session | undefined): Promise<void> {
    // While the connection is lost too, coming back settles both.
    if (session !== this.#session || this.phase !== 'joined') return;
    this.#retry(MEDIA_UNREACHABLE);
    // Without a connection there is nothing to leave, and its return joins anew.
    await this.signaling.request('leaveRoom').catch(() => undefined);
  }

  /** Gives up this stay and begins another in a moment, unless too many have failed. */
  #retry(reason: string): void {
    const attempt = ++this.#attempt;
    if (++this.#failures > MAX_FAILURES) return this.#end({ text: reason, way: 'again' });
    this.#show(this.#waiting, `${reason} Trying again…`);
    setTimeout(() => {
      if (attempt === this.#attempt) void this.#enter();
    }, RETRY_DELAY);
  }

  #waitForConnection(): void {
    if (this.phase === 'ended') return;
    this.#attempt++;
    const lost = this.#waiting === 'reconnecting';
    this.#show(this.#waiting, lost ? 'Connection lost. Reconnecting…' : 'Cannot reach the server. Still trying…');
  }

  get #waiting(): Phase {
    return this.phase === 'connecting' ? 'connecting' : 'reconnecting';
  }

  #leaveOrRetry(departure: Departure | undefined, interruption: string): void {
    if (departure) this.#end(departure);
    else this.#retry(interruption);
  }

  #nameOf(peerId: string | null): string | undefined {
    return this.participants.find((person) => person.peerId === peerId)?.name;
  }

  #end({ text, way }: Departure): void {
    if (this.phase === 'ended') return;
    this.#attempt++;
    this.signaling.hangUp();
    this.#dropSession();
    this.wayBack = way;
    this.#show('ended', text);
  }

  #dropSession(): void {
    this.#session?.close();
    this.#session = undefined;
  }

  #show(phase: Phase, notice: string | undefined): void {
    this.phase = phase;
    this.notice = notice;
    this.#onChange();
  }
}
