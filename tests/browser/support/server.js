/** Runs the built server for a test: on free ports, on loopback only, and watched until it has ended. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Place } from './network.js';
import { freePorts } from './ports.js';
import { waitFor } from './wait.js';

// Settings that happen to be in this environment are kept from the server, and so is COLLOQUY_BIN, which is none.
export const INHERITED = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('COLLOQUY_')));

export const BINARY = process.env.COLLOQUY_BIN ?? fileURLToPath(new URL('../../../target/debug/colloquy', import.meta.url));

/** Where servers write: one that starts again finds what it wrote before. */
const FOLDER = mkdtempSync(join(tmpdir(), 'colloquy-servers-'));
process.once('exit', () => rmSync(FOLDER, { recursive: true, force: true }));

/** Milliseconds. */
const START_DEADLINE = 30_000;
const STOP_DEADLINE = 15_000;
/** Long enough for a connection that vanished without a word to be missed (see the ping settings below). */
const EMPTY_DEADLINE = 20_000;

const WORKERS = 2;

const SETTINGS = {
  NODE_ENV: 'test',
  COLLOQUY_WORKERS__COUNT: String(WORKERS),
  COLLOQUY_ROOMS__EMPTY_CLOSE_S: '1',
  COLLOQUY_ROOMS__RESUME_GRACE_S: '4',
  COLLOQUY_SIGNALING__PING_INTERVAL_MS: '2000',
  COLLOQUY_SIGNALING__PING_TIMEOUT_MS: '3000',
  DATABASE_URL: 'sqlite::memory:',
};

const COUNTS = ['rooms', 'peers', 'transports', 'producers', 'consumers', 'dataProducers', 'dataConsumers'];

export class Server {
  #process;
  #rtcPort;
  #settings;
  #place;
  #log = [];

  /** Starts a server on a free port, and waits until it listens. `settings` are variables of its environment. */
  static async start(settings = {}, place = Place.here) {
    const server = new Server();
    server.#settings = settings;
    server.#place = place;
    await server.#start(0);
    return server;
  }

  async stats() {
    return this.#place.get(`${this.url}/stats`);
  }

  /** What is in a room. */
  async room(name) {
    return this.#place.get(`${this.url}/stats/rooms/${name}`);
  }

  /** The worker behind a media port, and another. */
  async workersOf(port) {
    const { workersDetail } = await this.stats();
    const index = port - this.#rtcPort;
    assert.ok(workersDetail[index], `no worker has port ${port}`);
    return [workersDetail[index], workersDetail.find((worker) => worker !== workersDetail[index])];
  }

  /** Waits until that many workers serve. */
  async hasAgain(workers) {
    await waitFor(`${workers} workers`, START_DEADLINE, async () => (await this.stats()).workers === workers);
  }

  /** Waits until nothing is left of any call; fails with what is left. */
  async expectEmpty() {
    await waitFor('nothing to be left on the server', EMPTY_DEADLINE, async () => {
      const stats = await this.stats();
      const left = COUNTS.filter((name) => stats[name] !== 0).map((name) => `${name}: ${stats[name]}`);
      return left.length === 0 || left.join(', ');
    });
  }

  /** Ends the server as an operator would; fails if it does not end well. */
  async stop() {
    if (this.#hasEnded) {
      throw new Error(`the server had ended before it was told to (${this.#process.exitCode})\n${this.tail}`);
    }
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_DEADLINE);
    const [code, signal] = await ended;
    clearTimeout(killer);
    if (code !== 0) throw new Error(`the server ended with ${signal ?? code} after SIGTERM\n${this.tail}`);
  }

  /** Ends it at once, as a crash would. */
  async kill() {
    if (this.#hasEnded) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  /** Starts it again at the same address, knowing nothing of what was. */
  async restart() {
    await this.#start(new URL(this.url).port);
  }

  get #hasEnded() {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async #start(port) {
    const rtcPort = await freePorts(WORKERS);
    this.#rtcPort = rtcPort;
    const { address } = this.#place;
    const [program, ...parameters] = this.#place.command(BINARY);
    this.#process = spawn(program, parameters, {
      env: {
        ...INHERITED,
        ...SETTINGS,
        COLLOQUY_SERVER__HOST: address,
        COLLOQUY_RTC__LISTEN_IP: address,
        ...this.#settings,
        PORT: String(port),
        RTC_MIN_PORT: String(rtcPort),
        RTC_MAX_PORT: String(rtcPort + WORKERS - 1),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: FOLDER,
    });
    // A test that is cut short must not leave a server behind.
    const lastResort = () => this.#process.kill('SIGKILL');
    process.once('exit', lastResort);
    this.#process.once('exit', () => process.off('exit', lastResort));

    let output = '';
    let failure;
    this.#process.on('error', (error) => (failure = error.message));
    // Not `exit`: what it said last may still be under way then.
    this.#process.on('close', (code) => (failure ??= `it ended with ${code}`));
    this.#process.stdout.on('data', (chunk) => (output += chunk));
    this.#process.stderr.on('data', (chunk) => this.#log.push(chunk));
    try {
      this.url = await waitFor(`${BINARY} to listen`, START_DEADLINE, () => {
        if (failure) throw new Error(`${BINARY} did not start: ${failure}\n${this.tail}`);
        return /http:\/\/\S+/.exec(output)?.[0];
      });
    } catch (error) {
      this.#process.kill('SIGKILL');
      throw error;
    }
  }

  /** What it logged last. */
  get tail() {
    return Buffer.concat(this.#log).toString().split('\n').slice(-40).join('\n');
  }
}
