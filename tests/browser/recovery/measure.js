/** How long a call is without a picture when its worker dies: from the signal to the first frame of another track. */

import { Browser } from '../support/browser.js';
import { survive } from '../support/deaths.js';
import { Server } from '../support/server.js';

const RUNS = Number(process.argv[2] ?? 10);

const server = await Server.start({
  COLLOQUY_WORKERS__MAX_FAILURES: '1000',
  COLLOQUY_ROOMS__MAX_MEDIA_RESETS_PER_MINUTE: '1000',
});
const browser = await Browser.start();
try {
  const ada = await browser.join(server, { name: 'Ada', room: 'recovery' });
  const ben = await browser.join(server, { name: 'Ben', room: 'recovery' });
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  for (const signal of ['SIGKILL', 'SIGSTOP']) {
    const times = [];
    for (let run = 0; run < RUNS; run++) {
      process.stderr.write(`\r${signal}: ${run + 1} of ${RUNS}`);
      times.push(await survive(signal, server, [ada, ben]));
    }
    process.stderr.write('\n');
    times.sort((one, other) => one - other);
    console.log(`${signal}: median ${times[Math.floor(RUNS / 2)]} ms, ${times[0]} to ${times.at(-1)} ms (${times.join(', ')})`);
  }
} finally {
  await browser.close();
  await server.stop();
}
