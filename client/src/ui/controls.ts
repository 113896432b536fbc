/** Buttons that switch the microphone and the camera: the same before a call and in it. */

import type { LocalMedia } from '../media';
import { element, icon, type IconName } from './dom';

interface Switch {
  key: string;
  on: { icon: IconName; label: string };
  off: { icon: IconName; label: string };
  isOn(media: LocalMedia): boolean;
  set(media: LocalMedia, on: boolean): Promise<void>;
}

const SWITCHES: Switch[] = [
  {
    key: 'm',
    on: { icon: 'microphone', label: 'Mute microphone' },
    off: { icon: 'microphoneOff', label: 'Unmute microphone' },
    isOn: (media) => media.microphoneOn,
    set: (media, on) => media.setMicrophone(on),
  },
  {
    key: 'v',
    on: { icon: 'camera', label: 'Turn camera off' },
    off: { icon: 'cameraOff', label: 'Turn camera on' },
    isOn: (media) => media.cameraOn,
    set: (media, on) => media.setCamera(on),
  },
];

export class DeviceControls {
  readonly buttons: HTMLButtonElement[];
  readonly #media: LocalMedia;
  readonly #onKey = (event: KeyboardEvent) => this.#key(event);

  constructor(media: LocalMedia) {
    this.#media = media;
    this.buttons = SWITCHES.map((entry) => {
      const button = element('button', { type: 'button', class: 'round' });
      button.addEventListener('click', () => this.#toggle(entry, button));
      return button;
    });
    document.addEventListener('keydown', this.#onKey);
    this.update();
  }

  update(): void {
    SWITCHES.forEach((entry, index) => {
      const button = this.buttons[index];
      if (!button) return;
      const on = entry.isOn(this.#media);
      const face = on ? entry.on : entry.off;
      if (button.title.startsWith(face.label)) return; // leaves focus rings and running transitions alone
      button.replaceChildren(icon(face.icon));
      button.classList.toggle('off', !on);
      button.title = `${face.label} (${entry.key})`;
      button.setAttribute('aria-label', face.label);
      button.setAttribute('aria-keyshortcuts', entry.key);
    });
  }

  close(): void {
    document.removeEventListener('keydown', this.#onKey);
  }

  #toggle(entry: Switch, button: HTMLButtonElement): void {
    // A device can take a second to open; until then further clicks would only undo the first.
    button.disabled = true;
    void entry.set(this.#media, !entry.isOn(this.#media)).finally(() => {
      button.disabled = false;
    });
  }

  #key(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLInputElement;
    if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const index = SWITCHES.findIndex(({ key }) => key === event.key.toLowerCase());
    this.buttons[index]?.click();
  }
}
