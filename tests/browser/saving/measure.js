/**
 * What a publisher saves when less of it is watched: bits a second that it sends, and the processor time of its
 * browser, while somebody looks at its picture large, small, not at all, and while nobody is there.
 *
 *     node measure.js [CODEC [SECONDS]]
 */

import { setTimeout as delay } from 'node:timers/promises';
import { Browser } from '../support/browser.js';
import { receivesLayer, sendsNothing } from '../support/layers.js';
import { Server } from '../support/server.js';
import { cpuSeconds } from './cpu.js';

const [codec = 'vp8', seconds = '15'] = process.argv.slice(2);
const SECONDS = Number(seconds);

/** Milliseconds until an encoder has come to rest after a change. */
const SETTLE = 12_000;

const LARGE = { width: 1280, height: 800 };
const SMALL = { width: 300, height: 420 };

const server = await Server.start();
// A browser for each, so that the one's cost is not the other's.
const [publishers, viewers] = [await Browser.start(), await Browser.start()];
try {
  const room = 'saving';
  const ada = await publishers.join(server, { name: 'Ada', room, video: '1280x720@30', switches: { codec } });
  const ben = await viewers.open(server, { name: 'Ben', room, viewport: LARGE });
  await ben.press('Turn camera off');
  await ben.press('Mute microphone');
  await ben.join();
  await ben.sees(ada);

  const measure = async (what) => {
    await delay(SETTLE);
    const read = async () => ({ at: performance.now(), bytes: await bytesSent(ada), cpu: await cpuSeconds(publishers.pid) });
    const before = await read();
    await delay(SECONDS * 1_000);
    const after = await read();
    const time = (after.at - before.at) / 1_000;
    const bitrate = ((after.bytes - before.bytes) * 8) / time / 1_000;
    console.log(`${codec}, ${what}: ${bitrate.toFixed(0)} kbit/s, ${((100 * (after.cpu - before.cpu)) / time).toFixed(0)} % of a core`);
  };
  const isLayered = codec !== 'av1';
  if (isLayered) await receivesLayer(ben, ada, 2);
  await measure('watched large');
  await ben.page.setViewportSize(SMALL);
  if (isLayered) await receivesLayer(ben, ada, 0);
  await measure('watched small');
  await ben.page.evaluate(() => document.querySelector('.tile.person:not(.own)').style.setProperty('translate', '0 5000px'));
  await measure('heard only');
  await ben.close();
  await sendsNothing(ada);
  await measure('alone');
} finally {
  await Promise.all([publishers.close(), viewers.close()]);
  await server.stop();
}

async function bytesSent(caller) {
  const { sent } = await caller.stats();
  return sent.flatMap(({ layers }) => layers).reduce((sum, layer) => sum + layer.bytesSent, 0);
}
