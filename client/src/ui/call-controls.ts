/** The buttons of a call: devices, screen, chat, figures, and the way out. */

import type { LocalMedia } from '../media';
import type { LocalScreen } from '../screen';
import { DeviceControls, type Restrictions } from './controls';
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
  readonly #restrictions: Restrictions;
  readonly #screenButton: ToggleButton;
  readonly #chatButton: ToggleButton;
  readonly #statisticsButton: ToggleButton;
  readonly #shortcuts: Shortcuts;

  constructor(
    { media, screen }: { media: LocalMedia; screen: LocalScreen },
    restrictions: Restrictions,
    { onChat, onStatistics, onLeave }: CallActions,
  ) {
    this.#screen = screen;
    this.#restrictions = restrictions;
    this.#devices = new DeviceControls(media, restrictions);
    this.#screenButton = new ToggleButton({
      key: 'd',
      on: { icon: 'screenOff', label: 'Stop sharing your screen' },
      off: { icon: 'screen', label: 'Share your screen' },
      mark: 'active',
      switch: () => (screen.on ? screen.stop() : screen.start()),
      onBlocked: (reason) => restrictions.onBlocked(reason),
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
    // Phones cannot share: a button that never works is none.
    this.#screenButton.root.hidden = !this.#screen.available || !this.#restrictions.mayPublish('screen');
    this.#screenButton.show(this.#screen.on, { blocked: this.#restrictions.reason('screen') });
    this.#chatButton.show(chat, { count: unread });
    this.#statisticsButton.show(statistics);
  }

  focus(): void {
    this.root.querySelector<HTMLElement>('button:not([hidden])')?.focus({ preventScroll: true });
  }

  focusChat(): void {
    this.#chatButton.root.focus();
  }

  close(): void {
    this.#shortcuts.close();
    this.#devices.close();
  }
}
