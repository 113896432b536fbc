/** What goes wrong with devices is worth a word, but not one that stays for the whole call. */

/** Milliseconds. */
const SHOWN = 8_000;

export class Problems {
  /** What to tell now; empty if nothing. */
  text = '';
  readonly #origins: readonly { readonly problem: string }[];
  readonly #onOver: () => void;
  readonly #told: string[];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** What is wrong already was told elsewhere. `onOver` is called when a text has been shown for long enough. */
  constructor(origins: readonly { readonly problem: string }[], onOver: () => void) {
    this.#origins = origins;
    this.#onOver = onOver;
    this.#told = origins.map(({ problem }) => problem);
  }

  /** Looks whether something new is wrong, or nothing any more. */
  watch(): void {
    this.#origins.forEach(({ problem }, index) => {
      if (problem === this.#told[index]) return;
      this.#told[index] = problem;
      this.text = problem;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.text = '';
        this.#onOver();
      }, SHOWN);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
