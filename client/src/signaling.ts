/** The connection to the server: requests as promises, events with types. */

import { io, type Socket } from 'socket.io-client';
import { DISCONNECTED, ServerError, TIMED_OUT } from './errors';
import type { Events, Reply, Requests } from './protocol';

/** Milliseconds. Longer than the server's own deadlines, so that its named error arrives first. */
const REQUEST_TIMEOUT = 15_000;

/** Starting over is cheap: a new socket joins anew. Milliseconds. */
const RECONNECT_DELAY_MAX = 5_000;

export interface ConnectionHandlers {
  /** The first connection, and each one after a loss. */
  connected(): void;
  /** The connection was lost or never came about; socket.io is already trying again. */
  disconnected(): void;
  /** The server refuses this client, and would refuse it again. */
  refused(error: ServerError): void;
}

type Send<E extends keyof Requests> = Requests[E]['send'] extends undefined ? [] : [payload: Requests[E]['send']];

/** The code with which the message of a refused connection begins. */
function leadingCode(message: string): string | undefined {
  return /^([A-Z_]+): /.exec(message)?.[1];
}

export class Signaling {
  readonly #socket: Socket;

  /** `token`: what to show to the server, if anything. */
  constructor(handlers: ConnectionHandlers, token?: string) {
    const options = { reconnectionDelay: 500, reconnectionDelayMax: RECONNECT_DELAY_MAX, autoConnect: false };
    this.#socket = io({ ...options, ...(token && { auth: { token } }) });
    this.#socket.on('connect', () => handlers.connected());
    this.#socket.on('connect_error', (error: Error & { data?: { code?: string } }) => {
      // `active` says whether socket.io goes on trying: it does not where the server itself said no.
      if (this.#socket.active) handlers.disconnected();
      else handlers.refused(new ServerError(error.data?.code ?? leadingCode(error.message) ?? 'FORBIDDEN', error.message));
    });
    this.#socket.on('disconnect', (reason) => {
      if (reason === 'io client disconnect') return;
      handlers.disconnected();
      // A connection that the server ended (it restarts, say) is not taken up again by socket.io itself.
      if (reason === 'io server disconnect') this.#socket.connect();
    });
    this.#socket.connect();
  }

  /** Sends a request and waits for its answer. Rejects with a {@link ServerError}, never with anything else. */
  async request<E extends keyof Requests>(event: E, ...payload: Send<E>): Promise<Requests[E]['receive']> {
    // Without this, socket.io would keep the request and send it to a server that knows nothing of this call.
    if (!this.#socket.connected) throw new ServerError(DISCONNECTED, `${event}: not connected`);
    const reply = await this.#emit<Requests[E]['receive']>(event, payload);
    if (reply.success) return reply.data;
    const { code, message, retryAfterMs } = reply.error;
    throw new ServerError(code, `${event}: ${message}`, retryAfterMs);
  }

  /** Listens to an event until the returned function is called. */
  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): () => void {
    const socket: Socket = this.#socket;
    socket.on(event as string, listener);
    return () => socket.off(event as string, listener);
  }

  /** Says goodbye without waiting for an answer, for a page that is going away; then closes. */
  hangUp(): void {
    if (this.#socket.connected) this.#socket.emit('leaveRoom', () => undefined);
    this.close();
  }

  close(): void {
    this.#socket.disconnect();
  }

  async #emit<T>(event: string, payload: unknown[]): Promise<Reply<T>> {
    try {
      return (await this.#socket.timeout(REQUEST_TIMEOUT).emitWithAck(event, ...payload)) as Reply<T>;
    } catch {
      const code = this.#socket.connected ? TIMED_OUT : DISCONNECTED;
      throw new ServerError(code, `${event}: no answer`);
    }
  }
}
