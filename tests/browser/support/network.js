/**
 * Two computers and a link between them that can be made bad. They are network namespaces, which only root may make;
 * nothing of them touches the machine's own network.
 */

import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Packets that are waiting for a limited link are dropped after this many milliseconds: a router of little patience. */
const QUEUE_MS = 200;

/**
 * For a server beside a link that loses packets: the rules see them where the kernel still has the packets of a batch as
 * one, and each is to be lost for itself.
 */
export const ONE_BY_ONE = { COLLOQUY_WORKERS__BATCH_SENDS: 'false' };

/** The name of either end of the link. */
const LINK = 'wire';

/** Why there can be no such network here; undefined if there can. */
export function missingForNetworks() {
  if (process.getuid() !== 0) return 'network namespaces need root';
  const missing = ['ip', 'tc', 'nft'].filter((program) => spawnSync(program, ['-V']).error);
  return missing.length > 0 ? `missing: ${missing.join(', ')} (scripts/setup --tests)` : undefined;
}

/** Where a program of a test runs, and at which address it is reached. */
export class Place {
  static here = new Place('127.0.0.1');
  #namespace;

  constructor(address, namespace) {
    this.address = address;
    this.#namespace = namespace;
  }

  /** The command line that runs a program there. */
  command(program, ...parameters) {
    return this.#namespace ? ['ip', 'netns', 'exec', this.#namespace, program, ...parameters] : [program, ...parameters];
  }

  /** An executable file, within a folder, that runs a program there. */
  async executable(program, folder) {
    if (!this.#namespace) return program;
    const path = join(folder, this.#namespace);
    await writeFile(path, `#!/bin/sh\nexec ${this.command(program).join(' ')} "$@"\n`);
    await chmod(path, 0o755);
    return path;
  }

  /** `GET` of JSON as somebody there gets it. */
  async get(url) {
    if (!this.#namespace) {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      return response.json();
    }
    const [program, ...parameters] = this.command(process.execPath, '-e', `fetch('${url}').then((r) => r.text()).then(console.log)`);
    return JSON.parse((await execute(program, parameters)).stdout);
  }
}

export class Network {
  #name = `colloquy-${process.pid}`;
  #removeAtExit = () => this.#namespaces.forEach((name) => spawnSync('ip', ['netns', 'del', name]));

  /** Where the server is. */
  near = new Place('10.99.0.1', `${this.#name}-near`);
  /** At the other end of the link. */
  far = new Place('10.99.0.2', `${this.#name}-far`);

  static async make() {
    const network = new Network();
    try {
      await network.#make();
    } catch (error) {
      network.#removeAtExit();
      throw error;
    }
    return network;
  }

  get #namespaces() {
    return [`${this.#name}-near`, `${this.#name}-far`];
  }

  async #make() {
    process.once('exit', this.#removeAtExit);
    const [near, far] = this.#namespaces;
    for (const namespace of [near, far]) {
      await run('ip', 'netns', 'add', namespace);
      await run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
    }
    await run('ip', 'link', 'add', LINK, 'netns', near, 'type', 'veth', 'peer', 'name', LINK, 'netns', far);
    for (const [namespace, { address }] of [[near, this.near], [far, this.far]]) {
      await run('ip', '-n', namespace, 'addr', 'add', `${address}/24`, 'dev', LINK);
      await run('ip', '-n', namespace, 'link', 'set', LINK, 'up');
      await run('ip', '-n', namespace, 'route', 'add', 'default', 'dev', LINK);
    }
  }

  /** The link carries only so many bits a second from near to far. */
  async limit(bitsPerSecond) {
    const rate = ['rate', `${bitsPerSecond}bit`, 'burst', '2kb', 'latency', `${QUEUE_MS}ms`];
    await run(...this.near.command('tc', 'qdisc', 'replace', 'dev', LINK, 'root', 'tbf', ...rate));
  }

  /** And now as many as it can. */
  async unlimit() {
    await run(...this.near.command('tc', 'qdisc', 'del', 'dev', LINK, 'root'));
  }

  /** The link loses that many of a hundred packets, in either direction. */
  async lose(percent) {
    const rules = ['add table inet loss'];
    for (const [chain, match] of [['input', 'iifname'], ['output', 'oifname']]) {
      rules.push(
        `add chain inet loss ${chain} { type filter hook ${chain} priority 0; }`,
        `add rule inet loss ${chain} ${match} ${LINK} counter`,
        `add rule inet loss ${chain} ${match} ${LINK} numgen random mod 100 < ${percent} counter drop`,
      );
    }
    await run(...this.near.command('nft', rules.join('\n')));
  }

  /** And now none. */
  async loseNothing() {
    await run(...this.near.command('nft', 'delete table inet loss'));
  }

  /** What share of the packets in each direction was lost since, from 0 to 1. */
  async lost() {
    const { nftables } = JSON.parse(await run(...this.near.command('nft', '-j', 'list', 'table', 'inet', 'loss')));
    return ['input', 'output'].map((chain) => {
      const rules = nftables.filter(({ rule }) => rule?.chain === chain).map(({ rule }) => rule);
      const [all, dropped] = rules.map(({ expr }) => expr.find(({ counter }) => counter).counter.packets);
      return dropped / all;
    });
  }

  async remove() {
    process.off('exit', this.#removeAtExit);
    for (const namespace of this.#namespaces) await run('ip', 'netns', 'del', namespace);
  }
}

async function run(program, ...parameters) {
  return (await execute(program, parameters)).stdout;
}

/** A folder that is there while `act` runs. */
export async function withFolder(act) {
  const folder = await mkdtemp(join(tmpdir(), 'colloquy-'));
  try {
    return await act(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
