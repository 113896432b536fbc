/** The call: everybody's tiles, the bar with the room's name, the controls, and a line on what is going on. */

import type { Call } from '../call';
import type { LocalMedia } from '../media';
import { copyLinkButton } from './copy-link';
import { DeviceControls } from './controls';
import { element, icon } from './dom';
import { Stage } from './stage';

/** The part of a call that is shown. */
export type CallState = Pick<Call, 'phase' | 'notice' | 'identity' | 'participants'>;

const OWN_TILE = 'own';

/** Milliseconds. */
const PROBLEM_SHOWN = 8_000;

export class CallView {
  readonly root: HTMLElement;
  readonly #media: LocalMedia;
  readonly #controls: DeviceControls;
  readonly #stage: Stage;
  readonly #status: HTMLElement;
  readonly #count: HTMLElement;
  readonly #soundButton: HTMLButtonElement;
  readonly #ownStream = new MediaStream();
  #toldProblem: string;
  #deviceProblem = '';
  #problemTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(state: CallState, media: LocalMedia, link: string, onLeave: () => void) {
    this.#media = media;
    this.#toldProblem = media.problem; // the lobby has said it already
    this.#controls = new DeviceControls(media);
    this.#status = element('p', { class: 'notice', role: 'status' });
    this.#count = element('span', { class: 'count' });
    this.#soundButton = element('button', { type: 'button', class: 'notice sound', hidden: true }, icon('sound'), 'Turn on sound');
    this.#soundButton.addEventListener('click', () => {
      this.#soundButton.hidden = true;
      this.#stage.playAll();
    });
    const invitation = element(
      'div',
      { class: 'invitation-text' },
      element('h2', {}, 'You’re the only one here'),
      element('p', {}, 'Send this link to the people you want to talk to.'),
      element('p', { class: 'link' }, link),
      copyLinkButton(link, 'primary'),
    );
    this.#stage = new Stage(invitation, () => (this.#soundButton.hidden = false));

    const leave = element('button', { type: 'button', class: 'round leave', title: 'Leave the call', 'aria-label': 'Leave the call' }, icon('leave'));
    leave.addEventListener('click', onLeave);
    this.root = element(
      'div',
      { class: 'call' },
      element(
        'header',
        { class: 'bar' },
        element('h1', { class: 'room', title: state.identity.room }, state.identity.room),
        this.#count,
        copyLinkButton(link, 'quiet'),
      ),
      this.#stage.root,
      element('div', { class: 'notices' }, this.#status, this.#soundButton),
      element('footer', { class: 'controls', role: 'toolbar', 'aria-label': 'Call controls' }, ...this.#controls.buttons, leave),
    );
    this.update(state);
  }

  update(state: CallState): void {
    this.#controls.update();
    this.#watchDevices();
    this.#updateOwnStream();
    this.#stage.update([
      {
        id: OWN_TILE,
        own: true,
        name: state.identity.name,
        colourOf: state.identity.name,
        stream: this.#ownStream,
        microphoneOn: this.#media.microphoneOn,
        cameraOn: this.#media.cameraOn,
        speaking: false,
        reconnecting: false,
      },
      ...state.participants.map((person) => ({ ...person, id: person.peerId, own: false, colourOf: person.name })),
    ]);
    const count = state.participants.length + 1;
    this.#count.replaceChildren(icon('people'), String(count));
    this.#count.setAttribute('aria-label', count === 1 ? '1 person' : `${count} people`);
    this.root.dataset['phase'] = state.phase;
    this.#say(state.notice ?? (state.phase === 'connecting' ? 'Connecting…' : this.#deviceProblem));
  }

  focus(): void {
    this.#controls.buttons[0]?.focus({ preventScroll: true });
  }

  close(): void {
    clearTimeout(this.#problemTimer);
    this.#controls.close();
    this.#stage.close();
  }

  #updateOwnStream(): void {
    const { camera } = this.#media;
    for (const track of this.#ownStream.getTracks()) if (track !== camera) this.#ownStream.removeTrack(track);
    if (camera) this.#ownStream.addTrack(camera); // does nothing if it is there already
  }

  /** A device that fails is worth a word, but not one that stays for the whole call. */
  #watchDevices(): void {
    const { problem } = this.#media;
    if (problem === this.#toldProblem) return;
    this.#toldProblem = problem;
    this.#deviceProblem = problem;
    clearTimeout(this.#problemTimer);
    this.#problemTimer = setTimeout(() => {
      if (this.#status.textContent === this.#deviceProblem) this.#say('');
      this.#deviceProblem = '';
    }, PROBLEM_SHOWN);
  }

  #say(text: string): void {
    // Screen readers read every change, so only real ones are made.
    if (this.#status.textContent !== text) this.#status.textContent = text;
    this.#status.hidden = !text;
  }
}
