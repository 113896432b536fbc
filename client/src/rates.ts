/** Rates out of counters that only rise. */

interface Look {
  readonly at: number;
  readonly value: number;
}

export class Rates {
  #last = new Map<string, Look>();
  #next = new Map<string, Look>();
  #at = 0;

  /** Begins another look at all counters, at a time in milliseconds; those that are not asked for in it are forgotten. */
  begin(at: number): void {
    this.#last = this.#next;
    this.#next = new Map();
    this.#at = at;
  }

  /** How much a counter rose each second since the last look; undefined at the first. */
  rate(counter: string, value: number): number | undefined {
    const last = this.#last.get(counter);
    this.#next.set(counter, { at: this.#at, value });
    // A counter that begins anew belongs to something new of the same name.
    if (!last || value < last.value || this.#at <= last.at) return undefined;
    return ((value - last.value) * 1_000) / (this.#at - last.at);
  }
}
