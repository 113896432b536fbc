/** A round button that switches something, and shows which way it is. */

import { element, icon, type IconName } from './dom';

export interface Face {
  icon: IconName;
  /** What a click would do. */
  label: string;
}

export interface Toggle {
  /** The key that does the same. */
  key: string;
  on: Face;
  off: Face;
  /** A class for the side that stands out: `off` for devices, `active` for what is open. */
  mark: 'off' | 'active';
  switch(): void | Promise<void>;
  /** Pressed although it is blocked: says why. */
  onBlocked?(reason: string): void;
}

export class ToggleButton {
  readonly root: HTMLButtonElement;
  readonly key: string;
  readonly #toggle: Toggle;
  #shown: string | undefined;
  /** Why it cannot be switched now. */
  #blocked: string | undefined;

  constructor(toggle: Toggle) {
    this.#toggle = toggle;
    this.key = toggle.key;
    this.root = element('button', { type: 'button', class: 'round', 'aria-keyshortcuts': toggle.key });
    this.root.addEventListener('click', () => {
      if (this.#blocked !== undefined) return toggle.onBlocked?.(this.#blocked);
      const done = toggle.switch();
      if (!done) return;
      // A device can take a second to open; until then further clicks would only undo the first.
      this.root.disabled = true;
      void done.finally(() => (this.root.disabled = false));
    });
  }

  /** `count` is what waits to be looked at; `blocked` why it cannot be switched on, where it cannot. */
  show(on: boolean, { count = 0, blocked }: { count?: number; blocked?: string | undefined } = {}): void {
    const state = `${on} ${count} ${blocked}`;
    if (this.#shown === state) return; // leaves focus rings and running transitions alone
    this.#shown = state;
    this.#blocked = blocked;
    const { key, mark } = this.#toggle;
    const face = on ? this.#toggle.on : this.#toggle.off;
    const badge = count > 0 ? [element('span', { class: 'badge', 'aria-hidden': 'true' }, count > 99 ? '99+' : String(count))] : [];
    this.root.replaceChildren(icon(face.icon), ...badge);
    this.root.classList.toggle(mark, on === (mark === 'active'));
    const label = count > 0 ? `${face.label}, ${count} unread` : face.label;
    this.root.title = blocked ?? `${face.label} (${key})`;
    this.root.setAttribute('aria-label', blocked ? `${face.label}: ${blocked}` : label);
    // Not `disabled`: it can be reached, and says why.
    this.root.setAttribute('aria-disabled', String(blocked !== undefined));
  }
}
