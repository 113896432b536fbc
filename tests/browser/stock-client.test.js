/** The stock client is a program of its own, run as its users run theirs. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scenario } from './support/scenario.js';

const PROGRAM = fileURLToPath(new URL('stock-client.cjs', import.meta.url));

for (const transport of ['websocket', 'polling']) {
  scenario(`a stock socket.io client passes over ${transport}`, async ({ server }) => {
    await promisify(execFile)(process.execPath, [PROGRAM, server.url, transport]);
  });
}
