/** Tokens of a server that wants them, made as an operator makes them: by the program's own command. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BINARY, INHERITED } from './server.js';

const execute = promisify(execFile);

export class Invitations {
  /** What a server needs to want these tokens, and none else. */
  settings;
  #folder;

  static async make() {
    const invitations = new Invitations();
    invitations.#folder = await mkdtemp(join(tmpdir(), 'colloquy-keys-'));
    invitations.settings = { COLLOQUY_AUTH__REQUIRED: 'true', COLLOQUY_AUTH__KEYS_DIR: invitations.#folder };
    return invitations;
  }

  /** For one person and one call. */
  async token({ name, room, role = 'participant' }) {
    const parameters = ['token', 'create', '--user', name.toLowerCase(), '--name', name, '--call', room, '--role', role];
    const { stdout } = await execute(BINARY, parameters, { env: { ...INHERITED, NODE_ENV: 'test', ...this.settings } });
    return stdout.trim();
  }

  async remove() {
    await rm(this.#folder, { recursive: true });
  }
}
