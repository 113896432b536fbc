/** Who speaks: as the server says, or, where it doesn't, as loud as they are. */

import type { Speaker } from './protocol';

/** Sound louder than this counts as speech; 1 is the loudest there is. */
const SPEECH_LEVEL = 0.02;
/** Milliseconds between two looks at who is speaking. */
const INTERVAL = 250;

export class Speech {
  readonly #onChange: () => void;
  #speakers = new Set<string>();
  #serverTells = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  isSpeaking(peerId: string): boolean {
    return this.#speakers.has(peerId);
  }

  /** The server's word; own looks are needless from then on. */
  tell({ peerId }: Speaker): void {
    this.#serverTells = true;
    this.close();
    this.#set(peerId ? [peerId] : []);
  }

  /** After coming back: what was said last may hold no more. */
  correct(speaker: Speaker | null): void {
    if (this.#serverTells) this.tell(speaker ?? { peerId: null, producerId: null });
  }

  /** Looks for itself at how loud everybody is, unless the server tells. */
  watch(levels: () => Iterable<readonly [peerId: string, level: number]>): void {
    if (this.#serverTells) return;
    this.#timer ??= setInterval(() => {
      this.#set([...levels()].filter(([, level]) => level > SPEECH_LEVEL).map(([peerId]) => peerId));
    }, INTERVAL);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #set(peerIds: string[]): void {
    const same = peerIds.length === this.#speakers.size && peerIds.every((peerId) => this.#speakers.has(peerId));
    this.#speakers = new Set(peerIds);
    if (!same) this.#onChange();
  }
}
