/** How large elements are on the screen, in device pixels: told when it has settled. */

import type { Area } from '../layout';

/** Milliseconds for which a size has to stay, as while a window is being resized. */
const SETTLED = 250;
/** Milliseconds for which something has to be out of sight, as between two tabs. */
const AWAY = 1_000;

/** null: out of sight. */
type Told = (view: Area | null) => void;

interface Watched {
  readonly tell: Told;
  /** Unknown until the browser has looked for the first time. */
  inSight: boolean | undefined;
  /** What was told last, as a text to compare. */
  told: string | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class ViewWatcher {
  readonly #watched = new Map<Element, Watched>();
  readonly #sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => this.#look(target)));
  readonly #sights = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const watched = this.#watched.get(target);
      if (!watched) continue;
      watched.inSight = isIntersecting;
      this.#look(target);
    }
  });
  readonly #onVisibility = () => [...this.#watched.keys()].forEach((target) => this.#look(target));

  constructor() {
    document.addEventListener('visibilitychange', this.#onVisibility);
  }

  watch(target: Element, tell: Told): void {
    this.#watched.set(target, { tell, inSight: undefined, told: undefined, timer: undefined });
    this.#sizes.observe(target);
    this.#sights.observe(target);
    // Browsers that do not draw a page do not look at its elements either.
    if (document.hidden) this.#look(target);
  }

  unwatch(target: Element): void {
    clearTimeout(this.#watched.get(target)?.timer);
    this.#watched.delete(target);
    this.#sizes.unobserve(target);
    this.#sights.unobserve(target);
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.#onVisibility);
    for (const target of [...this.#watched.keys()]) this.unwatch(target);
  }

  #look(target: Element): void {
    const watched = this.#watched.get(target);
    if (!watched || (watched.inSight === undefined && !document.hidden)) return;
    const view = watched.inSight && !document.hidden ? sizeOf(target) : null;
    const text = JSON.stringify(view);
    clearTimeout(watched.timer);
    if (text === watched.told) return;
    // What comes into sight has to be there at once.
    const delay = watched.told === undefined || watched.told === 'null' ? 0 : view ? SETTLED : AWAY;
    watched.timer = setTimeout(() => {
      watched.told = text;
      watched.tell(view);
    }, delay);
  }
}

function sizeOf({ clientWidth, clientHeight }: Element): Area {
  return { width: Math.round(clientWidth * devicePixelRatio), height: Math.round(clientHeight * devicePixelRatio) };
}
