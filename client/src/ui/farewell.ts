/** After the call: what ended it, and the way back. */

import type { Departure } from '../departures';
import { element } from './dom';

export interface FarewellActions {
  onRejoin(): void;
  onStart(): void;
}

export class Farewell {
  readonly root: HTMLElement;

  constructor(room: string, { text: reason, way }: Departure, actions: FarewellActions) {
    const rejoin = element('button', { type: 'button', class: 'primary' }, reason ? 'Try again' : 'Rejoin');
    rejoin.hidden = way !== 'again';
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
    this.root.querySelector<HTMLElement>('button:not([hidden])')?.focus();
  }
}
