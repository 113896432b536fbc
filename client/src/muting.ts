/**
 * What of this person's was muted by somebody who keeps order. The server holds to it; here the devices are switched
 * off, so that nothing runs for nobody, and stay off until the person switches them on again.
 */

import type { MediaKind } from 'mediasoup-client/types';
import type { DeviceKind } from './errors';
import type { MuteTarget, OwnMedia } from './protocol';
import { SOURCES, kindOf, type Source } from './sources';

export interface MutingHandlers {
  /** Which source of this page's own is sent as that producer; none of one that is closed. */
  sourceOf(producerId: string): Source | undefined;
  /** These are to be switched off. */
  onMuted(sources: readonly Source[]): void;
  /** Something is muted, or not any more, or an invitation is over. */
  onChange(): void;
}

const WORDS: Record<Source, string> = {
  microphone: 'microphone',
  camera: 'camera',
  screen: 'screen',
  screenAudio: 'screen’s sound',
};

const SOMEBODY = 'Somebody who keeps order';

export class Muting {
  /** A device that may be switched on again, and has not been since. */
  #invited: DeviceKind | undefined;
  /** Who muted it: whole kinds, and single sources, for which the server holds also what is published in their place. */
  readonly #muted = new Map<MediaKind | Source, string>();
  readonly #handlers: MutingHandlers;

  constructor(handlers: MutingHandlers) {
    this.#handlers = handlers;
  }

  /** Why this cannot be switched on; undefined if it can. */
  reason(source: Source): string | undefined {
    const by = this.#muted.get(source) ?? this.#muted.get(kindOf(source));
    return by && `${by} muted your ${WORDS[source]}: it stays off until they let go of it.`;
  }

  get invitation(): DeviceKind | undefined {
    return this.#invited;
  }

  /** The person has answered the invitation, one way or the other. */
  answer(): void {
    this.#invited = undefined;
    this.#handlers.onChange();
  }

  /** `by`: the name of who did it, if somebody of the call did. Gives what to tell the person. */
  mute(target: MuteTarget, by = SOMEBODY): string {
    const sources = this.#sources(target);
    return this.#hold(target.kind ? [target.kind] : sources, sources, by);
  }

  /** The same of a source that nobody said anything of. */
  hold(source: Source): string {
    return this.#hold([source], [source], SOMEBODY);
  }

  /** The person may switch it on again; nobody does it for them. */
  letGo(target: MuteTarget): void {
    const sources = this.#sources(target);
    for (const what of [target.kind, ...sources]) if (what) this.#muted.delete(what);
    const device = sources.find((source) => source === 'microphone' || source === 'camera');
    if (device && !this.reason(device)) this.#invited = device;
    this.#handlers.onChange();
  }

  /** After joining, or coming back: all that is muted. */
  set({ kinds, producerIds }: NonNullable<OwnMedia['muted']>): void {
    const known = new Map(this.#muted);
    const single = producerIds.flatMap((producerId) => this.#sources({ producerId })).filter((source) => !kinds.includes(kindOf(source)));
    this.#muted.clear();
    for (const what of [...kinds, ...single]) this.#muted.set(what, known.get(what) ?? SOMEBODY);
    this.#handlers.onMuted(SOURCES.filter((source) => this.reason(source)));
    this.#handlers.onChange();
  }

  #hold(what: readonly (MediaKind | Source)[], sources: readonly Source[], by: string): string {
    for (const held of what) this.#muted.set(held, by);
    if (this.#invited && sources.includes(this.#invited)) this.#invited = undefined;
    this.#handlers.onMuted(sources);
    this.#handlers.onChange();
    return `${by} muted your ${WORDS[sources[0] ?? 'microphone']}.`;
  }

  #sources({ kind, producerId }: MuteTarget): Source[] {
    return SOURCES.filter((source) => (kind ? kindOf(source) === kind : this.#handlers.sourceOf(producerId) === source));
  }
}
