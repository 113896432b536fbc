/** One person in the grid: picture or initials, name, and whether their microphone is off. */

import { colourIndex, initials } from '../names';
import { element, icon } from './dom';

const COLOURS = 8;

export interface TileState {
  name: string;
  /** Decides the colour; the same for everybody who looks. */
  colourOf: string;
  stream: MediaStream;
  microphoneOn: boolean;
  cameraOn: boolean;
  speaking: boolean;
  reconnecting: boolean;
}

export class Tile {
  readonly root: HTMLElement;
  readonly #video: HTMLVideoElement;
  readonly #avatar: HTMLElement;
  readonly #name: HTMLElement;
  readonly #own: boolean;
  readonly #onBlocked: () => void;

  /** `onBlocked` is told when the browser wants a click before it plays sound. */
  constructor(own: boolean, onBlocked: () => void) {
    this.#own = own;
    this.#onBlocked = onBlocked;
    this.#video = element('video', { playsinline: true, 'aria-hidden': 'true', tabindex: '-1' });
    this.#video.muted = own;
    this.#avatar = element('span', { class: 'avatar', 'aria-hidden': 'true' });
    this.#name = element('span', { class: 'tile-name' });
    this.root = element(
      'li',
      { class: own ? 'tile own' : 'tile' },
      this.#video,
      this.#avatar,
      element('div', { class: 'tile-label' }, icon('microphoneOff'), this.#name),
      element('span', { class: 'tile-connection', 'aria-hidden': 'true' }, 'Reconnecting…'),
    );
  }

  update(state: TileState): void {
    this.#name.textContent = this.#own ? `${state.name} (you)` : state.name;
    this.#avatar.textContent = initials(state.name);
    this.root.dataset['colour'] = String(colourIndex(state.colourOf, COLOURS));
    this.root.classList.toggle('muted', !state.microphoneOn);
    this.root.classList.toggle('pictured', state.cameraOn);
    this.root.classList.toggle('speaking', state.speaking);
    this.root.classList.toggle('reconnecting', state.reconnecting);
    this.root.setAttribute('aria-label', describe(state, this.#own));
    if (this.#video.srcObject !== state.stream) this.#video.srcObject = state.stream;
    if (this.#video.paused && state.stream.active) this.play();
  }

  /** Starts sound and picture; to be called from a click where the browser asked for one. */
  play(): void {
    this.#video.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.#onBlocked();
    });
  }

  remove(): void {
    this.#video.srcObject = null;
    this.root.remove();
  }
}

function describe({ name, microphoneOn, cameraOn, reconnecting }: TileState, own: boolean): string {
  const off = [
    ...(microphoneOn ? [] : ['microphone off']),
    ...(cameraOn ? [] : ['camera off']),
    ...(reconnecting ? ['reconnecting'] : []),
  ];
  return [own ? `${name} (you)` : name, ...off].join(', ');
}
