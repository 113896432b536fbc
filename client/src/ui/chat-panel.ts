/** The conversation beside the call: what was written, and a place to write. */

import { describeChatError, type Chat, type ChatMessage } from '../chat';
import { element, icon } from './dom';

/** Pixels from the end within which somebody still follows the conversation. */
const NEAR_END = 40;

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

export class ChatPanel {
  readonly root: HTMLElement;
  readonly #chat: Chat;
  readonly #onToggle: () => void;
  readonly #list: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #form: HTMLFormElement;
  readonly #readOnly: HTMLElement;
  readonly #text: HTMLTextAreaElement;
  readonly #send: HTMLButtonElement;
  readonly #problem: HTMLElement;
  readonly #items = new Map<string, HTMLElement>();
  readonly #seen = new Set<string>();

  /** `onToggle` is told when the panel was opened or closed. */
  constructor(chat: Chat, onToggle: () => void) {
    this.#chat = chat;
    this.#onToggle = onToggle;
    this.#list = element('ol', { class: 'chat-list', role: 'log', 'aria-label': 'Messages', tabindex: '0' });
    this.#empty = element('p', { class: 'chat-empty' }, 'Nothing was written yet. Messages go to everybody in the call.');
    this.#text = element('textarea', { rows: '1', placeholder: 'Write to everybody', 'aria-label': 'Message', enterkeyhint: 'send' });
    this.#send = element('button', { type: 'submit', class: 'chat-send', title: 'Send', 'aria-label': 'Send' }, icon('send'));
    this.#problem = element('p', { class: 'chat-problem', role: 'alert' });
    const close = element('button', { type: 'button', class: 'inset-close', title: 'Close chat', 'aria-label': 'Close chat panel' }, icon('close'));
    close.addEventListener('click', () => this.toggle());
    this.#readOnly = element('p', { class: 'chat-read-only', hidden: true }, 'You can read what is written here, but not write.');
    const form = element('form', { class: 'chat-form' }, this.#text, this.#send);
    this.#form = form;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#text.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    this.root = element(
      'aside',
      { class: 'chat', 'aria-label': 'Chat', hidden: true },
      element('div', { class: 'chat-bar' }, element('h2', {}, 'Chat'), close),
      this.#empty,
      this.#list,
      this.#problem,
      this.#readOnly,
      form,
    );
    this.root.addEventListener('keydown', (event) => event.key === 'Escape' && this.toggle());
    this.update();
  }

  /** Whether this person may write. */
  set writable(value: boolean) {
    this.#form.hidden = !value;
    this.#readOnly.hidden = value;
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  /** How many messages of others came since the panel was open. */
  get unread(): number {
    return this.#chat.messages.filter(({ id, own }) => !own && !this.#seen.has(id)).length;
  }

  toggle(): void {
    this.root.hidden = !this.root.hidden;
    this.update();
    if (this.isOpen) {
      this.#list.scrollTop = this.#list.scrollHeight;
      this.#text.focus();
    }
    this.#onToggle();
  }

  update(): void {
    const { messages } = this.#chat;
    const { scrollTop, clientHeight, scrollHeight } = this.#list;
    const follows = scrollTop + clientHeight > scrollHeight - NEAR_END;
    messages.forEach((message, index) => {
      const item = this.#item(message);
      if (this.#list.children[index] !== item) this.#list.insertBefore(item, this.#list.children[index] ?? null);
    });
    while (this.#list.childElementCount > messages.length) this.#list.lastElementChild?.remove();
    this.#empty.hidden = messages.length > 0;
    this.#list.hidden = messages.length === 0;
    if (!this.isOpen) return;
    for (const { id } of messages) this.#seen.add(id);
    if (follows) this.#list.scrollTop = this.#list.scrollHeight;
  }

  #item(message: ChatMessage): HTMLElement {
    const known = this.#items.get(message.id);
    if (known) return known;
    const { author, at, own, personal, text } = message;
    const time = element('time', { datetime: at }, TIME.format(new Date(at)));
    const to = personal ? [element('span', { class: 'chat-personal' }, 'to you only')] : [];
    const item = element(
      'li',
      { class: own ? 'own' : undefined },
      element('p', { class: 'chat-head' }, element('strong', {}, own ? 'You' : author), ...to, time),
      element('p', { class: 'chat-text' }, text),
    );
    this.#items.set(message.id, item);
    return item;
  }

  async #submit(): Promise<void> {
    const text = this.#text.value.trim();
    if (!text || this.#send.disabled) return;
    this.#send.disabled = true;
    this.#text.readOnly = true;
    try {
      await this.#chat.send(text);
      this.#text.value = '';
      this.#problem.textContent = '';
    } catch (error) {
      console.warn('Cannot send the message', error);
      this.#problem.textContent = describeChatError(error);
    }
    this.#send.disabled = false;
    this.#text.readOnly = false;
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}
