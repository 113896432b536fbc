/** After the call: what ended it, and the way back. */

import { element } from './dom';

export interface FarewellActions {
  onRejoin(): void;
  onStart(): void;
}

/** `reason` is absent when the person left by themselves. */
export class Farewell {
  readonly root: HTMLElement;

  constructor(room: string, reason: string | undefined, actions: FarewellActions) {
    const rejoin = element('button', { type: 'button', class: 'primary' }, reason ? 'Try again' : 'Rejoin');
    const start = element('button', { type: 'button', class: 'secondary' }, 'Back to start');
    rejoin.addEventListener('click', actions.onRejoin);
    start.addEventListener('click', actions.onStart);
    this.root = element(
      'main',
      { class: 'farewell' },
      element(
        'div',
        { class: 'card', role: reason ? 'alert' : undefined },
        element('h1', {}, reason ? 'The call ended' : 'You left the call'),
        element('p', { class: 'lead' }, reason ?? `The room ${room} stays open for the others.`),
        element('div', { class: 'actions' }, rejoin, start),
      ),
    );
  }

  focus(): void {
    this.root.querySelector<HTMLElement>('button')?.focus();
  }
}
