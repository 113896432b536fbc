/** Keys that press buttons, wherever the focus is, unless somebody writes. */

import type { ToggleButton } from './toggle-button';

export class Shortcuts {
  readonly #buttons: readonly ToggleButton[];
  readonly #onKey = (event: KeyboardEvent) => this.#press(event);

  constructor(buttons: readonly ToggleButton[]) {
    this.#buttons = buttons;
    document.addEventListener('keydown', this.#onKey);
  }

  close(): void {
    document.removeEventListener('keydown', this.#onKey);
  }

  #press(event: KeyboardEvent): void {
    const writing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (writing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    // What is open before everything else has the keys to itself.
    if (event.target instanceof Element && event.target.closest('dialog, [role=menu]')) return;
    const button = this.#buttons.find(({ key }) => key === event.key.toLowerCase());
    if (!button || button.root.hidden) return;
    event.preventDefault(); // or the letter would be written into what the button opens
    button.root.click();
  }
}
