/** Buttons that switch the microphone and the camera: the same before a call and in it. */

import type { LocalMedia } from '../media';
import { Shortcuts } from './shortcuts';
import { ToggleButton } from './toggle-button';

export class DeviceControls {
  readonly buttons: HTMLButtonElement[];
  readonly #media: LocalMedia;
  readonly #microphone: ToggleButton;
  readonly #camera: ToggleButton;
  readonly #shortcuts: Shortcuts;

  constructor(media: LocalMedia) {
    this.#media = media;
    this.#microphone = new ToggleButton({
      key: 'm',
      on: { icon: 'microphone', label: 'Mute microphone' },
      off: { icon: 'microphoneOff', label: 'Unmute microphone' },
      mark: 'off',
      switch: () => media.setMicrophone(!media.microphoneOn),
    });
    this.#camera = new ToggleButton({
      key: 'v',
      on: { icon: 'camera', label: 'Turn camera off' },
      off: { icon: 'cameraOff', label: 'Turn camera on' },
      mark: 'off',
      switch: () => media.setCamera(!media.cameraOn),
    });
    this.buttons = [this.#microphone.root, this.#camera.root];
    this.#shortcuts = new Shortcuts([this.#microphone, this.#camera]);
    this.update();
  }

  update(): void {
    this.#microphone.show(this.#media.microphoneOn);
    this.#camera.show(this.#media.cameraOn);
  }

  close(): void {
    this.#shortcuts.close();
  }
}
