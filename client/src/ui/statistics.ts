/** The overlay with figures on every tile, renewed each second while it is open. */

import type { Call } from '../call';
import { describeCall } from '../figures';
import { Rates } from '../rates';
import type { Stage } from './stage';

/** Milliseconds. */
const INTERVAL = 1_000;

export class Statistics {
  readonly #call: Pick<Call, 'stats'>;
  readonly #stage: Stage;
  readonly #rates = new Rates();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(call: Pick<Call, 'stats'>, stage: Stage) {
    this.#call = call;
    this.#stage = stage;
  }

  get isOpen(): boolean {
    return this.#timer !== undefined;
  }

  toggle(): void {
    if (this.isOpen) return this.close();
    this.#timer = setInterval(() => void this.#refresh(), INTERVAL);
    void this.#refresh();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#stage.showFigures(undefined);
  }

  async #refresh(): Promise<void> {
    // What is measured may be closed while it is being measured.
    const stats = await this.#call.stats().catch(() => undefined);
    if (!stats || !this.isOpen) return;
    this.#rates.begin(performance.now());
    this.#stage.showFigures(describeCall(stats, this.#rates));
  }
}
