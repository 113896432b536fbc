/** One person in the grid (picture or initials, name, microphone, connection), or the screen that somebody shares. */

import { colourIndex, initials } from '../names';
import type { QualityLevel } from '../quality';
import { reaches, type Role } from '../roles';
import { element, icon } from './dom';

const COLOURS = 8;

const QUALITY_WORDS: Record<QualityLevel, string> = {
  good: 'good connection',
  weak: 'weak connection',
  poor: 'poor connection',
};

export interface TileState {
  kind: 'person' | 'screen';
  name: string;
  /** Decides the colour; the same for everybody who looks. */
  colourOf: string;
  stream: MediaStream;
  microphoneOn: boolean;
  cameraOn: boolean;
  speaking: boolean;
  reconnecting: boolean;
  quality: QualityLevel;
  /** Shown where it is more than that of everybody. */
  role: Role;
  /** Whether there is anything that may be done to this person. */
  actions: boolean;
}

export interface TileHandlers {
  /** The browser wants a click before it plays sound. */
  onBlocked(): void;
  /** The person wants this one large, or no more. */
  onEnlarge(): void;
  /** The person wants to see what may be done; `opener` is the button that they pressed. */
  onActions(opener: HTMLElement): void;
}

export class Tile {
  readonly root: HTMLElement;
  readonly #video: HTMLVideoElement;
  readonly #avatar: HTMLElement;
  readonly #name: HTMLElement;
  readonly #quality: HTMLElement;
  readonly #figures: HTMLElement;
  readonly #role: HTMLElement;
  readonly #enlarge: HTMLButtonElement;
  readonly #actions: HTMLButtonElement;
  readonly #own: boolean;
  readonly #handlers: TileHandlers;
  #enlarged = false;

  constructor(kind: TileState['kind'], own: boolean, handlers: TileHandlers) {
    this.#own = own;
    this.#handlers = handlers;
    this.#video = element('video', { playsinline: true, 'aria-hidden': 'true', tabindex: '-1' });
    this.#video.muted = own;
    this.#avatar = element('span', { class: 'avatar', 'aria-hidden': 'true' });
    this.#name = element('span', { class: 'tile-name' });
    this.#quality = element('span', { class: 'quality', role: 'img' }, element('i'), element('i'), element('i'));
    this.#figures = element('p', { class: 'tile-figures', hidden: true });
    this.#enlarge = element('button', { type: 'button', class: 'tile-button enlarge' }, icon('enlarge'));
    this.#enlarge.addEventListener('click', () => handlers.onEnlarge());
    this.#role = element('span', { class: 'tile-role' });
    this.#actions = element('button', { type: 'button', class: 'tile-button', 'aria-haspopup': 'menu', 'aria-expanded': 'false' }, icon('more'));
    this.#actions.addEventListener('click', () => handlers.onActions(this.#actions));
    this.root = element(
      'li',
      { class: `tile ${kind}${own ? ' own' : ''}` },
      this.#video,
      this.#avatar,
      element(
        'div',
        { class: 'tile-top' },
        element('span', { class: 'tile-connection', 'aria-hidden': 'true' }, 'Reconnecting…'),
        this.#figures,
      ),
      element('div', { class: 'tile-buttons' }, this.#actions, this.#enlarge),
      element('div', { class: 'tile-label' }, icon('microphoneOff'), this.#name, this.#role, this.#quality),
    );
  }

  update(state: TileState): void {
    const name = label(state, this.#own);
    this.#name.textContent = name;
    this.#avatar.textContent = initials(state.name);
    this.root.dataset['colour'] = String(colourIndex(state.colourOf, COLOURS));
    this.root.dataset['quality'] = state.quality;
    this.root.classList.toggle('muted', !state.microphoneOn);
    this.root.classList.toggle('pictured', state.cameraOn);
    this.root.classList.toggle('speaking', state.speaking);
    this.root.classList.toggle('reconnecting', state.reconnecting);
    this.root.setAttribute('aria-label', describe(state, name));
    this.#quality.setAttribute('aria-label', QUALITY_WORDS[state.quality]);
    this.#quality.title = QUALITY_WORDS[state.quality];
    this.#role.hidden = !hasTitle(state);
    this.#role.textContent = state.role;
    this.#actions.hidden = !state.actions;
    this.#actions.title = `What to do with ${name}`;
    this.#actions.setAttribute('aria-label', this.#actions.title);
    this.#nameButton(name);
    if (this.#video.srcObject !== state.stream) this.#video.srcObject = state.stream;
    if (this.#video.paused && state.stream.active) this.play();
  }

  /** Whether the person has chosen this one to be large. */
  set enlarged(value: boolean) {
    this.#enlarged = value;
    this.#enlarge.replaceChildren(icon(value ? 'shrink' : 'enlarge'));
    this.#nameButton(this.#name.textContent ?? '');
  }

  /** Lines of figures over the picture, or none. */
  set figures(lines: readonly string[] | undefined) {
    this.#figures.hidden = !lines;
    this.#figures.textContent = lines?.join('\n') ?? '';
  }

  focus(): void {
    this.#enlarge.focus();
  }

  /** Starts sound and picture; to be called from a click where the browser asked for one. */
  play(): void {
    this.#video.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.#handlers.onBlocked();
    });
  }

  remove(): void {
    this.#video.srcObject = null;
    this.root.remove();
  }

  #nameButton(name: string): void {
    this.#enlarge.title = this.#enlarged ? `Show ${name} as small as the others` : `Show ${name} large`;
    this.#enlarge.setAttribute('aria-label', this.#enlarge.title);
  }
}

function label({ kind, name }: TileState, own: boolean): string {
  if (kind === 'screen') return `${name}’s screen`;
  return own ? `${name} (you)` : name;
}

function hasTitle({ kind, role }: TileState): boolean {
  return kind === 'person' && !reaches('participant', role);
}

function describe(state: TileState, name: string): string {
  const { kind, microphoneOn, cameraOn, reconnecting, quality } = state;
  const more = [
    ...(hasTitle(state) ? [state.role] : []),
    ...(microphoneOn || kind === 'screen' ? [] : ['microphone off']),
    ...(cameraOn ? [] : ['camera off']),
    ...(reconnecting ? ['reconnecting'] : []),
    ...(quality === 'good' ? [] : [QUALITY_WORDS[quality]]),
  ];
  return [name, ...more].join(', ');
}
