/** Keeps a transport's path alive: asks for new ICE credentials when it breaks, a few times, then gives up. */

/** Milliseconds that a path may be gone by itself: many come back without help. */
export const PATIENCE = 2_000;
/** Milliseconds for a new path to be found. */
export const RESTART_DEADLINE = 5_000;
/** Restarts in a row that may come to nothing. */
export const MAX_RESTARTS = 3;

export interface PathHandlers {
  /** Gives the transport new credentials. */
  restart(): Promise<void>;
  /** No path was found. */
  lost(): void;
}

export class PathKeeper {
  readonly #handlers: PathHandlers;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #restarts = 0;
  #closed = false;

  constructor(handlers: PathHandlers) {
    this.#handlers = handlers;
  }

  /** To be told of every state of the connection, as the browser names them. */
  changed(state: string): void {
    if (state === 'connected') {
      this.#restarts = 0;
      this.#wait(undefined);
    } else if (state === 'disconnected') {
      this.#wait(PATIENCE);
    } else if (state === 'failed') {
      this.#restart();
    }
  }

  /** The network is another one: whatever path there is leads nowhere, or soon will. */
  networkChanged(): void {
    this.#restarts = 0;
    this.#restart();
  }

  close(): void {
    this.#closed = true;
    this.#wait(undefined);
  }

  #wait(time: number | undefined): void {
    clearTimeout(this.#timer);
    this.#timer = time === undefined ? undefined : setTimeout(() => this.#restart(), time);
  }

  #restart(): void {
    if (this.#closed) return;
    if (this.#restarts === MAX_RESTARTS) {
      this.#wait(undefined);
      this.#handlers.lost();
      return;
    }
    this.#restarts++;
    // Whether the restart is refused or finds nothing: the next try is due then.
    this.#wait(RESTART_DEADLINE);
    this.#handlers.restart().catch((error: unknown) => console.warn('Cannot restart ICE', error));
  }
}
