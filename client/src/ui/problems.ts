/** What goes wrong with devices, and other news, is worth a word, but not one that stays for the whole call. */

/** Milliseconds. */
const SHOWN = 8_000;

export class Problems {
  /** What to tell now; empty if nothing. */
  text = '';
  readonly #origins: readonly { readonly problem: string }[];
  readonly #onChange: () => void;
  readonly #told: string[];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** What is wrong already was told elsewhere. `onChange` is called when there is a text, or it has been shown for long enough. */
  constructor(origins: readonly { readonly problem: string }[], onChange: () => void) {
    this.#origins = origins;
    this.#onChange = onChange;
    this.#told = origins.map(({ problem }) => problem);
  }

  /** Looks whether something new is wrong, or nothing any more. */
  watch(): void {
    this.#origins.forEach(({ problem }, index) => {
      if (problem === this.#told[index]) return;
      this.#told[index] = problem;
      this.#show(problem);
    });
  }

  /** Shows something else that is worth a word, once more if it was shown before. */
  tell(text: string): void {
    this.#show(text);
    this.#onChange();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #show(text: string): void {
    this.text = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.text = '';
      this.#onChange();
    }, SHOWN);
  }
}
