/** Buttons that switch the microphone and the camera: the same before a call and in it. */

import type { LocalMedia } from '../media';
import type { Source } from '../sources';
import { Shortcuts } from './shortcuts';
import { ToggleButton } from './toggle-button';

/** In a call: what of one's own may not be shown to others. */
export interface Restrictions {
  /** Never: there is no button then. */
  mayPublish(source: Source): boolean;
  /** Just now: why. */
  reason(source: Source): string | undefined;
  onBlocked(reason: string): void;
}

export const UNRESTRICTED: Restrictions = { mayPublish: () => true, reason: () => undefined, onBlocked: () => undefined };

export class DeviceControls {
  readonly buttons: HTMLButtonElement[];
  readonly #media: LocalMedia;
  readonly #restrictions: Restrictions;
  readonly #microphone: ToggleButton;
  readonly #camera: ToggleButton;
  readonly #shortcuts: Shortcuts;

  constructor(media: LocalMedia, restrictions = UNRESTRICTED) {
    this.#media = media;
    this.#restrictions = restrictions;
    const onBlocked = (reason: string) => restrictions.onBlocked(reason);
    this.#microphone = new ToggleButton({
      key: 'm',
      on: { icon: 'microphone', label: 'Mute microphone' },
      off: { icon: 'microphoneOff', label: 'Unmute microphone' },
      mark: 'off',
      switch: () => media.setMicrophone(!media.microphoneOn),
      onBlocked,
    });
    this.#camera = new ToggleButton({
      key: 'v',
      on: { icon: 'camera', label: 'Turn camera off' },
      off: { icon: 'cameraOff', label: 'Turn camera on' },
      mark: 'off',
      switch: () => media.setCamera(!media.cameraOn),
      onBlocked,
    });
    this.buttons = [this.#microphone.root, this.#camera.root];
    this.#shortcuts = new Shortcuts([this.#microphone, this.#camera]);
    this.update();
  }

  update(): void {
    const { mayPublish, reason } = this.#restrictions;
    this.#microphone.root.hidden = !mayPublish('microphone');
    this.#camera.root.hidden = !mayPublish('camera');
    this.#microphone.show(this.#media.microphoneOn, { blocked: reason('microphone') });
    this.#camera.show(this.#media.cameraOn, { blocked: reason('camera') });
  }

  close(): void {
    this.#shortcuts.close();
  }
}
