/** Tracks whose transport is gone: their last pictures are shown until others take their place, or for so long. */

/** Milliseconds. Whoever has not published again by then has nothing to publish. */
const KEPT = 10_000;

export class FormerTracks {
  readonly #tracks = new Map<string, MediaStreamTrack>();
  readonly #onExpired: (keys: string[]) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onExpired: (keys: string[]) => void) {
    this.#onExpired = onExpired;
  }

  has(key: string): boolean {
    return this.#tracks.has(key);
  }

  keep(key: string, track: MediaStreamTrack): void {
    this.#tracks.set(key, track);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onExpired([...this.#tracks.keys()]), KEPT);
  }

  take(key: string): MediaStreamTrack | undefined {
    const track = this.#tracks.get(key);
    this.#tracks.delete(key);
    return track;
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
