/**
 * Order in a call, as far as it is this page's affair: what its person may do, what was taken from them, what they may
 * do to others. What may not run is switched off, and stays off until the person switches it on again.
 */

import type { DeviceKind } from './errors';
import type { LocalMedia } from './media';
import { Moderation } from './moderation';
import { Muting } from './muting';
import type { Entry } from './protocol';
import type { Permission, Role } from './roles';
import type { LocalScreen } from './screen';
import type { Signaling } from './signaling';
import type { Source } from './sources';
import { Standing } from './standing';

/** The call that all of it is about. */
export interface Ordered {
  nameOf(peerId: string | null): string | undefined;
  sourceOf(producerId: string): Source | undefined;
  /** Something else is to be shown. */
  onChange(): void;
  /** What may be sent or received may have changed. */
  onRights(): void;
}

const NEEDED: Record<Source, Permission> = {
  microphone: 'publishAudio',
  camera: 'publishVideo',
  screen: 'publishScreen',
  screenAudio: 'publishScreen',
};

const BECAME: Record<Role, string> = {
  viewer: 'a viewer: you see and hear the others',
  participant: 'a participant',
  moderator: 'a moderator: you can keep order',
  host: 'a host',
};

export class Order {
  readonly standing: Standing;
  readonly muting: Muting;
  readonly moderation: Moderation;
  /** Called with what the person should hear of once. */
  onNews: (text: string) => void = () => undefined;
  readonly #devices: { media: LocalMedia; screen: LocalScreen };
  readonly #call: Ordered;

  constructor(signaling: Signaling, devices: { media: LocalMedia; screen: LocalScreen }, call: Ordered) {
    this.#devices = devices;
    this.#call = call;
    this.moderation = new Moderation(signaling, (text) => this.onNews(text));
    this.muting = new Muting({
      sourceOf: (producerId) => call.sourceOf(producerId),
      onMuted: (sources) => this.#switchOff(sources),
      onChange: () => call.onChange(),
    });
    this.standing = new Standing(signaling, {
      onChange: () => this.#apply(),
      onRole: (role, by) => this.onNews(`${call.nameOf(by) ?? 'The server'} made you ${BECAME[role]}.`),
      onLock: (locked, by) => this.#tellOfLock(locked, call.nameOf(by)),
    });
    signaling.on('muted', ({ by, ...target }) => this.onNews(this.muting.mute(target, call.nameOf(by))));
    signaling.on('unmuted', (target) => {
      this.onNews('');
      this.muting.letGo(target);
    });
  }

  /** The room let this person in, or back in. */
  entered(answer: Entry): void {
    this.standing.enter(answer);
    this.muting.set(answer.own?.muted ?? { kinds: [], producerIds: [] });
  }

  /** This was published, and is muted as what it stands in the place of. */
  held(source: Source): void {
    if (!this.muting.reason(source)) this.onNews(this.muting.hold(source));
  }

  /** Whether the person may publish this at all; somebody may have muted it nevertheless. */
  mayPublish(source: Source): boolean {
    return this.standing.may(NEEDED[source]);
  }

  /** A device that was let go of, and may be switched on. */
  get invitation(): DeviceKind | undefined {
    const { invitation } = this.muting;
    return invitation && this.mayPublish(invitation) ? invitation : undefined;
  }

  #apply(): void {
    const { media, screen } = this.#devices;
    media.bar('microphone', !this.mayPublish('microphone'));
    media.bar('camera', !this.mayPublish('camera'));
    if (screen.on && !this.mayPublish('screen')) screen.stop();
    this.#call.onRights();
    this.#call.onChange();
  }

  #switchOff(sources: readonly Source[]): void {
    const { media, screen } = this.#devices;
    if (sources.includes('microphone')) void media.setMicrophone(false);
    if (sources.includes('camera')) void media.setCamera(false);
    if (sources.includes('screen') && screen.on) screen.stop();
    if (sources.includes('screenAudio')) screen.silence();
  }

  #tellOfLock(locked: boolean, name: string | undefined): void {
    const by = name ? ` by ${name}` : '';
    this.onNews(locked ? `The room was locked${by}: nobody else can come in.` : `The room was opened${by}.`);
  }
}
