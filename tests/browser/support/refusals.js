/** Refuses some of a page's requests in the server's place: no test can bring about what the server cannot do just now. */

/** Of socket.io: an event with the number under which it is to be answered. */
const REQUEST = /^42(\d+)\["(\w+)"/;

export class Refusals {
  #next = new Set();

  /** For {@link Browser.open}: pages of this context are refused what {@link refuse} names. */
  prepareContext = (context) =>
    context.routeWebSocket(/socket\.io/, (page) => {
      const server = page.connectToServer();
      page.onMessage((message) => {
        const [, number, event] = REQUEST.exec(message) ?? [];
        if (!this.#next.delete(event)) return server.send(message);
        const error = { code: 'UNAVAILABLE', message: 'not just now' };
        page.send(`43${number}[${JSON.stringify({ success: false, error })}]`);
      });
    });

  /** From now on, the next request of each of these names is refused. */
  refuse(...events) {
    this.#next = new Set(events);
  }

  /** Those that were not asked for yet. */
  get left() {
    return [...this.#next];
  }
}
