/** coturn on loopback, configured as the example for operators says but for what has to differ here. */

import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './ports.js';
import { waitFor } from './wait.js';

const EXAMPLE = new URL('../../../config/examples/coturn.conf', import.meta.url);
const ADDRESS = '127.0.0.1';
const RELAY_PORTS = 40;

/** Milliseconds. */
const START_DEADLINE = 15_000;

export class Turn {
  #process;
  #folder;
  #port;
  #secret = randomBytes(16).toString('hex');
  #log = [];

  static async start() {
    const turn = new Turn();
    turn.#port = await freePorts(1);
    turn.#folder = await mkdtemp(join(tmpdir(), 'colloquy-turn-'));
    const file = join(turn.#folder, 'coturn.conf');
    await writeFile(file, await turn.#configuration());
    turn.#process = spawn('turnserver', ['-c', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    const lastResort = () => turn.#process.kill('SIGKILL');
    process.once('exit', lastResort);
    turn.#process.once('exit', () => process.off('exit', lastResort));
    let failure;
    turn.#process.on('error', ({ message }) => (failure = message));
    turn.#process.on('exit', (code) => (failure ??= `it ended with ${code}`));
    for (const stream of [turn.#process.stdout, turn.#process.stderr]) stream.on('data', (chunk) => turn.#log.push(chunk));
    try {
      await waitFor('coturn to listen', START_DEADLINE, () => {
        if (failure) throw new Error(`coturn did not start: ${failure}\n${Buffer.concat(turn.#log)}`);
        return isOpen(turn.#port);
      });
    } catch (error) {
      await turn.stop();
      throw error;
    }
    return turn;
  }

  url(transport) {
    return `turn:${ADDRESS}:${this.#port}?transport=${transport}`;
  }

  /** What the server needs to make credentials for it. */
  settings(transport) {
    return { COLLOQUY_TURN__URLS: this.url(transport), COLLOQUY_TURN__SECRET: this.#secret };
  }

  /** What a client needs to use it, made here; seconds from now until the credential expires. */
  iceServer(seconds, secret = this.#secret) {
    const username = `${Math.floor(Date.now() / 1000) + seconds}:test`;
    const credential = createHmac('sha1', secret).update(username).digest('base64');
    return { urls: [this.url('udp')], username, credential };
  }

  async stop() {
    if (this.#process.pid && this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true });
  }

  async #configuration() {
    const relayPort = await freePorts(RELAY_PORTS);
    const here = {
      'listening-port': this.#port,
      'min-port': relayPort,
      'max-port': relayPort + RELAY_PORTS - 1,
      'static-auth-secret': this.#secret,
      'allowed-peer-ip': ADDRESS,
      'external-ip': undefined,
      syslog: undefined,
    };
    const lines = (await readFile(EXAMPLE, 'utf8')).split('\n').flatMap((line) => {
      const name = line.split('=')[0];
      if (!(name in here)) return [line];
      return here[name] === undefined ? [] : [`${name}=${here[name]}`];
    });
    return [
      ...lines,
      `listening-ip=${ADDRESS}`,
      `relay-ip=${ADDRESS}`,
      'allow-loopback-peers',
      'log-file=stdout',
      `pidfile=${this.#folder}/pid`,
      `userdb=${this.#folder}/db`,
    ].join('\n');
  }
}

function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect(port, ADDRESS, () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
