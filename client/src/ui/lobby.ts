/** Before the call: a look at oneself, a name, a room. */

import type { LocalMedia } from '../media';
import { suggestRoom, tidyRoom } from '../names';
import { tokenIn } from '../options';
import { DeviceControls } from './controls';
import { element, icon } from './dom';

export interface LobbyChoice {
  name: string;
  room: string;
  /** What to show to the server, if anything. */
  token: string | undefined;
}

export interface LobbyProposal {
  name?: string;
  /** Whether the name is the invitation's, which the server goes by. */
  nameIsGiven?: boolean;
  room?: string;
  token?: string | undefined;
  /** Why another token is needed. */
  tokenProblem?: string | undefined;
}

/** Characters. The server takes more, but a tile and a link do not gain by it. */
const MAX_LENGTH = 64;

export class Lobby {
  readonly root: HTMLElement;
  readonly #media: LocalMedia;
  readonly #controls: DeviceControls;
  readonly #preview: HTMLVideoElement;
  readonly #placeholder: HTMLElement;
  readonly #problem: HTMLElement;
  #shown: MediaStreamTrack | undefined;

  constructor(media: LocalMedia, proposal: LobbyProposal, onJoin: (choice: LobbyChoice) => void) {
    this.#media = media;
    this.#controls = new DeviceControls(media);
    this.#preview = element('video', { playsinline: true, autoplay: true, 'aria-label': 'Your camera’s picture' });
    this.#preview.muted = true;
    this.#placeholder = element('p', { class: 'preview-text' });
    this.#problem = element('p', { class: 'problem', role: 'status' });
    this.root = element(
      'main',
      { class: 'lobby' },
      element('p', { class: 'brand' }, element('img', { src: '/favicon.svg', alt: '' }), 'colloquy'),
      element(
        'section',
        { class: 'preview', 'aria-label': 'Camera and microphone' },
        element(
          'div',
          { class: 'preview-frame' },
          this.#preview,
          this.#placeholder,
          this.#problem,
          element('div', { class: 'preview-controls' }, ...this.#controls.buttons),
        ),
      ),
      this.#form(proposal, onJoin),
    );
    this.update();
  }

  update(): void {
    this.#controls.update();
    const { camera, problem } = this.#media;
    if (this.#shown !== camera) {
      this.#shown = camera;
      this.#preview.srcObject = camera ? new MediaStream([camera]) : null;
    }
    this.#preview.hidden = !camera;
    this.#placeholder.hidden = Boolean(camera || problem);
    this.#placeholder.textContent = 'Your camera is off';
    this.#problem.hidden = !problem;
    if (this.#problem.textContent !== problem) this.#problem.textContent = problem;
  }

  focus(): void {
    const empty = [...this.root.querySelectorAll('input')].find(({ value }) => !value);
    (empty ?? this.root.querySelector<HTMLElement>('button[type=submit]'))?.focus();
  }

  close(): void {
    this.#controls.close();
    this.#preview.srcObject = null;
  }

  #form(proposal: LobbyProposal, onJoin: (choice: LobbyChoice) => void): HTMLElement {
    const limits = { type: 'text', required: true, maxlength: String(MAX_LENGTH), spellcheck: 'false' };
    const name = element('input', { ...limits, id: 'name', autocomplete: 'name', placeholder: 'How others see you' });
    const room = element('input', { ...limits, id: 'room', autocomplete: 'off', autocapitalize: 'none' });
    name.value = proposal.name ?? '';
    name.readOnly = proposal.nameIsGiven ?? false;
    room.value = proposal.room ?? suggestRoom();
    const token = element('input', { type: 'text', id: 'token', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', placeholder: 'Link or token' });
    const another = element('button', { type: 'button', class: 'inset', title: 'Suggest another room name', 'aria-label': 'Suggest another room name' }, icon('shuffle'));
    another.addEventListener('click', () => (room.value = suggestRoom()));

    const form = element(
      'form',
      { class: 'card' },
      element('h1', {}, proposal.room ? 'Ready to join?' : 'Start or join a call'),
      element('p', { class: 'lead' }, proposal.room ? 'You were invited to the room below.' : 'Anyone who knows the room’s name can come in.'),
      element('label', { for: 'name' }, 'Your name'),
      name,
      element('label', { for: 'room' }, 'Room'),
      element('div', { class: 'with-inset' }, room, another),
      ...(proposal.tokenProblem
        ? [element('label', { for: 'token' }, 'Invitation'), token, element('p', { class: 'card-problem', role: 'alert' }, proposal.tokenProblem)]
        : []),
      element('button', { type: 'submit', class: 'primary' }, 'Join call'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const choice = { name: name.value.trim(), room: tidyRoom(room.value), token: tokenIn(token.value) ?? proposal.token };
      // `required` lets blanks pass.
      if (!choice.name) name.value = '';
      if (!choice.room) room.value = '';
      if (form.reportValidity()) onJoin(choice);
    });
    return form;
  }
}
