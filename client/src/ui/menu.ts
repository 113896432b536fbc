/** A list of things to do, opened by a button and floating over everything: by pointer, by keyboard, on small screens. */

import { element } from './dom';

export interface MenuItem {
  label: string;
  /** Not to be undone. */
  grave?: boolean;
  act(): void;
}

/** Pixels between the menu and its button, and at least between it and the window's edge. */
const GAP = 6;

export class Menu {
  readonly root: HTMLElement;
  #opener: HTMLElement | undefined;
  readonly #onOutside = (event: Event) => {
    const target = event.target as Node;
    if (!this.root.contains(target) && !this.#opener?.contains(target)) this.close();
  };

  constructor() {
    this.root = element('div', { class: 'menu', role: 'menu', hidden: true });
    this.root.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** What it was opened by, if it is open. */
  get opener(): HTMLElement | undefined {
    return this.#opener;
  }

  /** Opens beside `opener`, the first item in focus; closes if it was open there. */
  toggle(opener: HTMLElement, label: string, items: readonly MenuItem[]): void {
    const wasOpen = this.#opener === opener;
    this.close();
    if (wasOpen || items.length === 0) return;
    this.#opener = opener;
    opener.setAttribute('aria-expanded', 'true');
    this.root.setAttribute('aria-label', label);
    this.root.replaceChildren(...items.map((item) => this.#button(item)));
    this.root.hidden = false;
    this.#place(opener);
    document.addEventListener('pointerdown', this.#onOutside);
    addEventListener('resize', this.#onOutside);
    this.#buttons[0]?.focus();
  }

  close(): void {
    if (!this.#opener) return;
    const inside = this.root.contains(document.activeElement);
    this.#opener.setAttribute('aria-expanded', 'false');
    if (inside) this.#opener.focus();
    this.#opener = undefined;
    this.root.hidden = true;
    document.removeEventListener('pointerdown', this.#onOutside);
    removeEventListener('resize', this.#onOutside);
  }

  get #buttons(): HTMLElement[] {
    return [...this.root.querySelectorAll('button')];
  }

  #button({ label, grave, act }: MenuItem): HTMLElement {
    const button = element('button', { type: 'button', role: 'menuitem', tabindex: '-1', class: grave ? 'grave' : undefined }, label);
    button.addEventListener('click', () => {
      this.close();
      act();
    });
    return button;
  }

  /** Below the button, or above it where there is more room, and whole in any case. */
  #place(opener: HTMLElement): void {
    const { left, right, top, bottom } = opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.root;
    const x = left + width + GAP < innerWidth ? left : right - width;
    const y = bottom + GAP + height < innerHeight ? bottom + GAP : top - GAP - height;
    this.root.style.setProperty('left', `${Math.max(GAP, Math.min(x, innerWidth - width - GAP))}px`);
    this.root.style.setProperty('top', `${Math.max(GAP, Math.min(y, innerHeight - height - GAP))}px`);
  }

  #onKey(event: KeyboardEvent): void {
    const buttons = this.#buttons;
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const next: Record<string, number> = {
      ArrowDown: (at + 1) % buttons.length,
      ArrowUp: (at - 1 + buttons.length) % buttons.length,
      Home: 0,
      End: buttons.length - 1,
    };
    const to = next[event.key];
    if (to !== undefined) buttons[to]?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') this.close();
    else return;
    event.preventDefault();
  }
}
