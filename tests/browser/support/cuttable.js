/** A way to the server that can be cut and mended: signaling goes through it, media does not. */

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class Cuttable {
  #server;
  #sockets = new Set();
  #isCut = false;

  /** Opens a port of its own that leads to the server. */
  static async to(server) {
    const way = new Cuttable();
    const { hostname, port } = new URL(server.url);
    way.#server = createServer((near) => {
      if (way.#isCut) return near.destroy();
      const far = connect(Number(port), hostname);
      for (const [socket, other] of [[near, far], [far, near]]) {
        way.#sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => (other.destroy(), way.#sockets.delete(socket)));
        socket.pipe(other);
      }
    });
    way.#server.listen(0, '127.0.0.1');
    await once(way.#server, 'listening');
    // A test that fails before it closes this must still end.
    way.#server.unref();
    way.url = `http://127.0.0.1:${way.#server.address().port}`;
    return way;
  }

  /** Every connection ends, and no other comes about. */
  cut() {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend() {
    this.#isCut = false;
  }

  close() {
    this.cut();
    this.#server.close();
  }
}
