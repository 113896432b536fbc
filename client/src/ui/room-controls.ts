/** Locking the room and ending the call for everybody, for who may; for the others, whether it is locked. */

import type { Order } from '../order';
import { confirm } from './confirm';
import { element, icon } from './dom';

const END = {
  title: 'End the call for everybody?',
  text: 'Everybody is taken out of the call at once. To leave alone, use the red button below.',
  action: 'End for everybody',
};

export class RoomControls {
  readonly elements: HTMLElement[];
  readonly #order: Order;
  readonly #lock: HTMLButtonElement;
  readonly #locked: HTMLElement;
  readonly #end: HTMLButtonElement;
  #shown: boolean | undefined;

  constructor(order: Order) {
    this.#order = order;
    this.#lock = element('button', { type: 'button', class: 'quiet' });
    this.#lock.addEventListener('click', () => {
      this.#lock.disabled = true;
      void order.moderation.lock(!order.standing.locked).finally(() => (this.#lock.disabled = false));
    });
    this.#locked = element('span', { class: 'locked', role: 'img', 'aria-label': 'Locked', title: 'Locked: nobody else can come in' }, icon('lock'));
    this.#end = element('button', { type: 'button', class: 'quiet', title: END.action, 'aria-label': END.action }, icon('end'), element('span', { class: 'wide' }, 'End for all'));
    this.#end.addEventListener('click', () => void confirm(END).then((wanted) => (wanted ? order.moderation.end() : undefined)));
    this.elements = [this.#locked, this.#lock, this.#end];
    this.update();
  }

  update(): void {
    const { standing } = this.#order;
    this.#lock.hidden = !standing.may('lock');
    this.#end.hidden = !standing.may('closeRoom');
    this.#locked.hidden = standing.may('lock') || !standing.locked;
    if (this.#shown === standing.locked) return;
    this.#shown = standing.locked;
    const [picture, word] = standing.locked ? (['lock', 'Unlock'] as const) : (['unlock', 'Lock'] as const);
    this.#lock.replaceChildren(icon(picture), element('span', { class: 'wide' }, word));
    this.#lock.title = standing.locked ? 'Let others come in again' : 'Let nobody else come in';
    this.#lock.setAttribute('aria-label', `${word} the room`);
  }
}
