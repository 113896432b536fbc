/** One person in a call, driven through the page as a person would, measured through the browser's statistics. */

import assert from 'node:assert/strict';
import { waitFor, within } from './wait.js';

/** Milliseconds. Four pages share two cores, and every picture is coded in software. */
const DEADLINE = 30_000;

/** Lines of what a page said that are kept. */
const SAID = 40;

export class Caller {
  #page;
  #errors = [];
  #said = [];

  constructor(page, name) {
    this.#page = page;
    this.name = name;
    page.setDefaultTimeout(DEADLINE);
    page.on('pageerror', (error) => this.#errors.push(error.message));
    // Also where a violated Content-Security-Policy is reported.
    page.on('console', (message) => {
      if (message.type() === 'error') this.#errors.push(message.text());
      this.#said = [...this.#said, `${new Date().toISOString()} ${message.type()}: ${message.text()}`].slice(-SAID);
    });
  }

  /** `switches` are those of the page's address, as `codec`; `token` is an invitation. */
  static async open(page, server, { name, room, tcp = false, relay = false, video = '640x480@15', switches = {}, token }) {
    const caller = new Caller(page, name);
    const query = new URLSearchParams({ room, video, ...(tcp && { tcp: '1' }), ...(relay && { relay: '1' }), ...switches });
    await page.goto(`${server.url}/?${query}${token ? `#token=${token}` : ''}`);
    return caller;
  }

  get page() {
    return this.#page;
  }

  async join() {
    await this.tryToJoin();
    await this.waitForPhase('joined');
  }

  /** The same, whatever comes of it. */
  async tryToJoin() {
    const name = this.#page.getByLabel('Your name');
    // The name of an invitation stands.
    if (await name.isEditable()) await name.fill(this.name);
    await this.#page.getByRole('button', { name: 'Join call' }).click();
  }

  async waitForPhase(phase) {
    await this.#page.waitForFunction((wanted) => window.colloquy.call?.phase === wanted, phase);
  }

  async press(label) {
    await this.#page.getByRole('button', { name: label, exact: true }).click();
  }

  async reload() {
    await this.#page.reload();
  }

  /** Closes the page as one closes a tab. */
  async close() {
    await this.#page.close();
  }

  peerId() {
    return this.#page.evaluate(() => window.colloquy.call?.peerId);
  }

  /** The producers of which this page has consumers, in a fixed order. */
  async receivedIds() {
    const { received } = await this.stats();
    return received.map(({ producerId }) => producerId).sort();
  }

  /** The server's port to which this page's media goes. */
  async mediaPort() {
    const { send } = await this.stats();
    return send.remotePort;
  }

  /** When the first picture of another track than now is decoded: milliseconds since 1970. */
  nextPictureOf(other) {
    return this.#page.evaluate(async (name) => {
      const pictures = async () => {
        const stats = await window.colloquy.call?.stats();
        return stats?.received.filter((entry) => entry.name === name && entry.kind === 'video') ?? [];
      };
      const before = (await pictures()).map(({ producerId }) => producerId);
      for (;;) {
        const found = (await pictures()).find(({ producerId, framesDecoded }) => !before.includes(producerId) && framesDecoded > 0);
        if (found) return Date.now();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }, other.name);
  }

  stats() {
    return this.#page.evaluate(() => window.colloquy.call?.stats());
  }

  /** Waits until pictures and sound of each of the others have come, and go on coming. */
  async seesAndHears(...others) {
    await Promise.all(others.flatMap((other) => [this.sees(other), this.hears(other)]));
  }

  async hears(other) {
    await this.#grows(other, 'audio', 'totalAudioEnergy', 0);
  }

  async sees(other) {
    await this.#grows(other, 'video', 'framesDecoded', 10);
  }

  /** Waits until nothing more of this kind comes from the other: the same figure ten looks running. */
  async stopsReceiving(other, kind) {
    let last;
    let same = 0;
    await waitFor(`${this.name} to receive no more ${kind} of ${other.name}`, DEADLINE, async () => {
      const bytes = await this.#read(other, kind, 'bytesReceived');
      same = bytes === last ? same + 1 : 0;
      last = bytes;
      return same === 10 || `${bytes} bytes have come`;
    });
  }

  /** Waits until the page shows exactly these people, itself aside, each with or without `marks` (CSS classes of a tile). */
  async shows(...people) {
    await this.#page.waitForFunction((wanted) => {
      const tiles = [...document.querySelectorAll('.tile.person:not(.own)')];
      const names = tiles.map((tile) => tile.querySelector('.tile-name').textContent);
      return JSON.stringify(names.sort()) === wanted;
    }, JSON.stringify(people.map(({ name }) => name).sort()));
  }

  /** Waits until the other's tile has, or has not, a mark: `muted`, `pictured`. */
  async showsMark(other, mark, present) {
    await this.#page.waitForFunction(
      ({ name, mark, present }) => {
        const tiles = [...document.querySelectorAll('.tile.person:not(.own)')];
        const tile = tiles.find((candidate) => candidate.querySelector('.tile-name').textContent === name);
        return tile?.classList.contains(mark) === present;
      },
      { name: other.name, mark, present },
    );
  }

  /** For whom a test failed: what the page said, and what it sent and received last. */
  async account() {
    const stats = await within(1_000, this.stats()).catch(({ message }) => message);
    return [`${this.name}: ${JSON.stringify(stats)}`, ...this.#said].join('\n  ');
  }

  /** Fails if the page complained about anything. */
  expectNoErrors() {
    assert.deepEqual(this.#errors, [], `${this.name}'s page reported errors`);
  }

  async #grows(other, kind, field, by) {
    const before = await this.#read(other, kind, field);
    await waitFor(`${this.name} to receive ${kind} of ${other.name}`, DEADLINE, async () => {
      const now = await this.#read(other, kind, field);
      return now > before + by || `${field} went from ${before} to ${now}`;
    });
  }

  /** A figure of what this page receives from the other; 0 while there is nothing. */
  async #read(other, kind, field) {
    const stats = await this.stats();
    return stats?.received.find((entry) => entry.name === other.name && entry.kind === kind)?.[field] ?? 0;
  }
}
