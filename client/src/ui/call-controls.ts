/** The buttons of a call: devices, screen, chat, figures, and the way out. */

import type { LocalMedia } from '../media';
import type { LocalScreen } from '../screen';
import { DeviceControls } from './controls';
import { element, icon } from './dom';
import { Shortcuts } from './shortcuts';
import { ToggleButton } from './toggle-button';

export interface CallActions {
  onChat(): void;
  onStatistics(): void;
  onLeave(): void;
}

export class CallControls {
  readonly root: HTMLElement;
  readonly #devices: DeviceControls;
  readonly #screen: LocalScreen;
  readonly #screenButton: ToggleButton;
  readonly #chatButton: ToggleButton;
  readonly #statisticsButton: ToggleButton;
  readonly #shortcuts: Shortcuts;

  constructor(media: LocalMedia, screen: LocalScreen, { onChat, onStatistics, onLeave }: CallActions) {
    this.#screen = screen;
    this.#devices = new DeviceControls(media);
    this.#screenButton = new ToggleButton({
      key: 'd',
      on: { icon: 'screenOff', label: 'Stop sharing your screen' },
      off: { icon: 'screen', label: 'Share your screen' },
      mark: 'active',
      switch: () => (screen.on ? screen.stop() : screen.start()),
    });
    this.#chatButton = new ToggleButton({
      key: 'c',
      on: { icon: 'chat', label: 'Close chat' },
      off: { icon: 'chat', label: 'Open chat' },
      mark: 'active',
      switch: onChat,
    });
    this.#statisticsButton = new ToggleButton({
      key: 's',
      on: { icon: 'figures', label: 'Hide statistics' },
      off: { icon: 'figures', label: 'Show statistics' },
      mark: 'active',
      switch: onStatistics,
    });
    // Phones cannot share: a button that never works is none.
    this.#screenButton.root.hidden = !screen.available;
    this.#shortcuts = new Shortcuts([this.#screenButton, this.#chatButton, this.#statisticsButton]);
    const leave = element('button', { type: 'button', class: 'round leave', title: 'Leave the call', 'aria-label': 'Leave the call' }, icon('leave'));
    leave.addEventListener('click', onLeave);
    this.root = element(
      'footer',
      { class: 'controls', role: 'toolbar', 'aria-label': 'Call controls' },
      ...this.#devices.buttons,
      this.#screenButton.root,
      this.#chatButton.root,
      this.#statisticsButton.root,
      leave,
    );
  }

  /** What is open, and how many messages are unread. */
  update({ chat, unread, statistics }: { chat: boolean; unread: number; statistics: boolean }): void {
    this.#devices.update();
    this.#screenButton.show(this.#screen.on);
    this.#chatButton.show(chat, unread);
    this.#statisticsButton.show(statistics);
  }

  focus(): void {
    this.#devices.buttons[0]?.focus({ preventScroll: true });
  }

  focusChat(): void {
    this.#chatButton.root.focus();
  }

  close(): void {
    this.#shortcuts.close();
    this.#devices.close();
  }
}
