/** What people write to each other: the conversation, in order, and the way to add to it. */

import { DISCONNECTED, ServerError, TIMED_OUT, describeRequestError } from './errors';
import type { Message } from './protocol';
import type { Signaling } from './signaling';

const TOPIC = 'chat';

/** How many messages stay on the page. */
const KEPT = 500;
/** Bytes of a text on its way. Servers take less, and say so; far more would end the connection. */
const MOST_BYTES = 64 * 1024;

export interface ChatMessage {
  readonly id: string;
  /** RFC 3339, by the server's clock. */
  readonly at: string;
  readonly author: string;
  readonly own: boolean;
  /** Sent to this page alone. */
  readonly personal: boolean;
  readonly text: string;
}

export class Chat {
  /** Oldest first. */
  messages: readonly ChatMessage[] = [];
  onChange: () => void = () => undefined;
  readonly #signaling: Signaling;
  readonly #own: { userId: string; name: string };

  constructor(signaling: Signaling, own: { userId: string; name: string }) {
    this.#signaling = signaling;
    this.#own = own;
    signaling.on('message', (message) => this.receive([message]));
  }

  /** Takes in what came, once however often it comes. */
  receive(messages: readonly Message[]): void {
    this.#add(messages.flatMap((message) => readMessage(message, this.#own.userId) ?? []));
  }

  /** Sends a text to everybody; rejects if it did not arrive. */
  async send(text: string): Promise<void> {
    if (new TextEncoder().encode(JSON.stringify(text)).length > MOST_BYTES) throw new ServerError('LIMIT_EXCEEDED', 'too long to try');
    const { id, at } = await this.#signaling.request('sendMessage', { topic: TOPIC, data: { text } });
    this.#add([{ id, at, author: this.#own.name, own: true, personal: false, text }]);
  }

  #add(added: readonly ChatMessage[]): void {
    const messages = mergeMessages(this.messages, added);
    if (messages.length === this.messages.length && messages.at(-1) === this.messages.at(-1)) return;
    this.messages = messages;
    this.onChange();
  }
}

/** Both in the order of the server's clock, each message once. */
export function mergeMessages(known: readonly ChatMessage[], added: readonly ChatMessage[]): ChatMessage[] {
  const byId = new Map([...known, ...added].map((message) => [message.id, message]));
  for (const message of known) byId.set(message.id, message);
  return [...byId.values()].sort((one, other) => Date.parse(one.at) - Date.parse(other.at)).slice(-KEPT);
}

/** What somebody wrote; undefined for messages that applications send each other. */
export function readMessage(message: Message, ownUserId: string): ChatMessage | undefined {
  const { id, at, userId, displayName, to, topic, data } = message;
  const text = typeof data === 'object' && data !== null && 'text' in data ? data.text : undefined;
  if (topic !== TOPIC || typeof text !== 'string') return undefined;
  return { id, at, author: displayName || userId, own: userId === ownUserId, personal: to !== null, text };
}

/** Says why a text was not sent. */
export function describeChatError(error: unknown): string {
  const code = error instanceof ServerError ? error.code : undefined;
  switch (code) {
    case 'RATE_LIMITED': {
      const seconds = Math.ceil((error instanceof ServerError ? (error.retryAfterMs ?? 1_000) : 1_000) / 1_000);
      return `Not sent: too many messages at once. Try again in ${seconds === 1 ? 'a second' : `${seconds} seconds`}.`;
    }
    case 'LIMIT_EXCEEDED':
      return 'Not sent: this message is too long.';
    case 'UNSUPPORTED':
      return 'Not sent: this server does not pass messages on.';
    case DISCONNECTED:
    case TIMED_OUT:
    case 'NOT_JOINED':
      return 'Not sent: the connection is lost. Try again when it is back.';
    default:
      return `Not sent. ${describeRequestError(error)}`;
  }
}
