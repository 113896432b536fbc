/** Data channels between two browsers, with mediasoup-client as it comes. */

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { scenario } from './support/scenario.js';
import { waitFor } from './support/wait.js';

/** Milliseconds. */
const DEADLINE = 15_000;

const ENTRY = fileURLToPath(new URL('data/peer.js', import.meta.url));

async function bundled() {
  const { outputFiles } = await build({ entryPoints: [ENTRY], bundle: true, format: 'iife', write: false, logLevel: 'error' });
  return outputFiles[0].text;
}

/** A page with the client in it; `look` reads something of the client's. */
async function joined(browser, server, script, userId) {
  const page = await browser.application(server, script);
  await page.evaluate((user) => window.peer.join('data', user), userId);
  return {
    page,
    look: async (part) => JSON.parse(await page.evaluate((name) => JSON.stringify(window.peer[name]), part)),
    open: (options) => page.evaluate((given) => window.peer.open(given), options),
    leave: () => page.evaluate(() => window.peer.leave()),
  };
}

scenario('reliable and unreliable channels, texts and bytes, from one browser to another', async ({ server, startBrowser }) => {
  const [browser, script] = [await startBrowser(), await bundled()];
  const ada = await joined(browser, server, script, 'ada');
  await ada.open({ label: 'notes', protocol: 'text' });
  const ben = await joined(browser, server, script, 'ben');
  await ada.open({ label: 'positions', ordered: false, maxRetransmits: 0 });
  await waitFor('both channels', DEADLINE, async () => Object.keys(await ben.look('announced')).length === 2);
  assert.deepEqual(await ben.look('announced'), {
    notes: { how: 'list', protocol: 'text', ordered: true },
    positions: { how: 'event', protocol: '', ordered: false, maxRetransmits: 0 },
  });

  const numbers = Array.from({ length: 200 }, (_, index) => String(index));
  await ada.page.evaluate((texts) => window.peer.say('notes', ...texts), numbers);
  await waitFor('all notes', DEADLINE, async () => (await ben.look('received')).notes.length === 200);
  assert.deepEqual((await ben.look('received')).notes, numbers, 'in their order');
  await ada.page.evaluate(() => window.peer.say('positions', new Uint8Array(12)));
  await waitFor('a position', DEADLINE, async () => (await ben.look('received')).positions.length > 0);
  assert.deepEqual((await ben.look('received')).positions, [12]);

  await ada.page.evaluate(() => window.peer.say('notes', new Uint8Array(200_000)));
  await waitFor('a large message', DEADLINE, async () => (await ben.look('received')).notes.at(-1) === 200_000);
  const tooLarge = ada.page.evaluate(() => window.peer.say('notes', new Uint8Array(300_000)));
  await assert.rejects(tooLarge, /size/i, 'larger than data.max_message_bytes');

  const { dataProducers, dataConsumers } = await server.stats();
  assert.deepEqual({ dataProducers, dataConsumers }, { dataProducers: 2, dataConsumers: 2 });
  await ada.page.evaluate(() => window.peer.end('notes'));
  await waitFor('the end of a channel', DEADLINE, async () => (await ben.look('closed')).length === 1);
  assert.deepEqual(await ben.look('closed'), ['producer_closed']);
  await ben.leave();
  await ada.leave();
});
