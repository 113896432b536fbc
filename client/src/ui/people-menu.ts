/** The menu of what may be done to somebody. */

import type { Action } from '../moderation';
import type { Order } from '../order';
import type { Participant } from '../participant';
import { confirm } from './confirm';
import { Menu, type MenuItem } from './menu';

export class PeopleMenu {
  readonly #menu = new Menu();
  readonly #order: Order;
  #peerId: string | undefined;

  constructor(order: Order) {
    this.#order = order;
  }

  get root(): HTMLElement {
    return this.#menu.root;
  }

  /** Whether there is anything that may be done. */
  isFor(person: Participant): boolean {
    return this.#actions(person).length > 0;
  }

  toggle(person: Participant, opener: HTMLElement): void {
    this.#peerId = person.peerId;
    const items = this.#actions(person).map((action) => this.#item(person, action));
    this.#menu.toggle(opener, `What to do with ${person.name}`, items);
  }

  /** Nothing may be offered any more that is over. */
  update(people: readonly Participant[]): void {
    const person = people.find(({ peerId }) => peerId === this.#peerId);
    if (!person || !this.isFor(person)) this.#menu.close();
  }

  #actions(person: Participant): Action[] {
    return this.#order.moderation.actionsUpon(person, this.#order.standing);
  }

  #item(person: Participant, action: Action): MenuItem {
    const act = () => void this.#order.moderation.act(person, action);
    if (action.do !== 'remove') return { label: labelOf(action), act };
    if (!action.forGood) return { label: labelOf(action), grave: true, act };
    const question = {
      title: `Remove ${person.name} for good?`,
      text: `${person.name} cannot come back while this call lasts.`,
      action: 'Remove for good',
    };
    return { label: labelOf(action), grave: true, act: () => void confirm(question).then((wanted) => wanted && act()) };
  }
}

function labelOf(action: Action): string {
  switch (action.do) {
    case 'mute':
      return action.kind === 'audio' ? 'Mute microphone' : 'Mute camera';
    case 'letGo':
      return action.kind === 'audio' ? 'Allow microphone again' : 'Allow camera again';
    case 'setRole':
      return `Make ${action.role}`;
    case 'remove':
      return action.forGood ? 'Remove for good…' : 'Remove';
  }
}
