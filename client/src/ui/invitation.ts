/** After somebody let go of a device: the offer to switch it on again. It stays off until the person wants it. */

import type { DeviceKind } from '../errors';
import type { LocalMedia } from '../media';
import type { Order } from '../order';
import { element, icon } from './dom';

const WORDS: Record<DeviceKind, [text: string, action: string]> = {
  microphone: ['You may speak again.', 'Turn on microphone'],
  camera: ['You may show yourself again.', 'Turn on camera'],
};

export class Invitation {
  readonly root: HTMLElement;
  readonly #media: LocalMedia;
  readonly #order: Order;
  #shown: DeviceKind | undefined;

  constructor(media: LocalMedia, order: Order) {
    this.#media = media;
    this.#order = order;
    this.root = element('div', { class: 'notice offer', role: 'status', hidden: true });
  }

  update(): void {
    const { invitation } = this.#order;
    const isOn = invitation === 'microphone' ? this.#media.microphoneOn : this.#media.cameraOn;
    // Switched on by its own button meanwhile.
    if (invitation && isOn) return this.#order.muting.answer();
    if (this.#shown === invitation) return;
    this.#shown = invitation;
    this.root.hidden = !invitation;
    if (invitation) this.#fill(invitation);
  }

  #fill(device: DeviceKind): void {
    const [text, label] = WORDS[device];
    const accept = element('button', { type: 'button', class: 'primary' }, label);
    accept.addEventListener('click', () => void (device === 'microphone' ? this.#media.setMicrophone(true) : this.#media.setCamera(true)));
    const dismiss = element('button', { type: 'button', class: 'dismiss', 'aria-label': 'Not now', title: 'Not now' }, icon('close'));
    dismiss.addEventListener('click', () => this.#order.muting.answer());
    this.root.replaceChildren(text, accept, dismiss);
  }
}
