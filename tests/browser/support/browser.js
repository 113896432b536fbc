/** Chromium with devices that exist on no machine: a moving test picture and a beep a second. */

import { chromium } from 'playwright-core';
import { Caller } from './caller.js';
import { rememberConnections } from './connections.js';
import { Place, withFolder } from './network.js';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

const FLAGS = [
  '--no-sandbox', // tests may run as root
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream=fps=15',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--allow-loopback-in-peer-connection',
];

export class Browser {
  #server;
  #browser;
  #callers = [];

  /** `url` is a server's that pages may use a camera on as if it had a certificate. */
  static async start(place = Place.here, url = undefined) {
    const browser = new Browser();
    const args = url ? [...FLAGS, `--unsafely-treat-insecure-origin-as-secure=${new URL(url).origin}`] : FLAGS;
    // As a process of its own, so that a test can kill it.
    browser.#server = await withFolder(async (folder) => {
      const executablePath = await place.executable(EXECUTABLE, folder);
      return chromium.launchServer({ executablePath, headless: true, args });
    });
    browser.#browser = await chromium.connect(browser.#server.wsEndpoint());
    return browser;
  }

  /** A page in a profile of its own: a person at a computer of theirs. Joins at once; see {@link Caller}. */
  async join(server, options) {
    const caller = await this.open(server, options);
    await caller.join();
    return caller;
  }

  /**
   * The same, stopping before the call. `prepare`, given `prepareWith`, runs in the page ahead of its own code;
   * `prepareContext` is given the page's context before there is a page.
   */
  async open(server, { prepare, prepareWith, prepareContext, viewport = { width: 640, height: 480 }, ...options }) {
    const context = await this.#browser.newContext({ viewport });
    await prepareContext?.(context);
    await context.addInitScript(rememberConnections);
    if (prepare) await context.addInitScript(prepare, prepareWith);
    const caller = await Caller.open(await context.newPage(), server, options);
    this.#callers.push(caller);
    return caller;
  }

  /** What is known of everybody, for a test that failed. */
  async account() {
    return (await Promise.all(this.#callers.map((caller) => caller.account()))).join('\n');
  }

  /** A page at the server's address with nothing in it but `script`. */
  async application(server, script) {
    // The server's own answers forbid all scripts that are not its page's.
    const context = await this.#browser.newContext({ bypassCSP: true });
    await context.addInitScript(script);
    const page = await context.newPage();
    await page.goto(`${server.url}/health`);
    return page;
  }

  /** Of its first process, and of the group of all. */
  get pid() {
    return this.#server.process().pid;
  }

  async close() {
    await this.#server.close();
  }

  /** Ends everything at once: no page gets to say goodbye. */
  async kill() {
    await this.#server.kill();
  }

  /** Stops every process of the browser in mid-step, connections left open: a computer whose lid was shut. */
  freeze() {
    process.kill(-this.pid, 'SIGSTOP');
  }
}
