/** How good the server thinks a browser's connection is. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { missingForNetworks, Network, ONE_BY_ONE } from './support/network.js';
import { scenario, stage } from './support/scenario.js';
import { waitFor } from './support/wait.js';

const room = 'a-test-call';
const CLOSELY = { COLLOQUY_QUALITY__INTERVAL_MS: '1000' };
const FIGURES = ['packetLoss', 'jitterMs', 'rttMs', 'bitrateBps', 'score'];

/** Milliseconds. */
const WATCHED = 15_000;
const DEADLINE = 30_000;
const TIMEOUT = 240_000;

async function call(server, first, second) {
  const ada = await first.join(server, { name: 'Ada', room });
  const ben = await second.join(server, { name: 'Ben', room });
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  return [ada, ben];
}

/** What holds of somebody, as types. */
async function warningsOf(server, name) {
  const { participants } = await server.room(room);
  return participants.find(({ displayName }) => displayName === name).quality.warnings.map(({ type }) => type);
}

scenario('in a call that is well nobody is warned, and everything is known', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const callers = await call(server, browser, browser);
  const known = await waitFor('all figures', DEADLINE, async () => {
    const { participants } = await server.room(room);
    const figures = participants.flatMap(({ quality }) => [quality.sending, quality.receiving]);
    const missing = figures.flatMap((one) => FIGURES.filter((name) => (one?.[name] ?? null) === null));
    return missing.length > 0 ? `without ${missing}` : figures;
  });
  console.log(JSON.stringify(known));
  for (const { packetLoss, rttMs, bitrateBps, score } of known) {
    assert.ok(packetLoss < 0.02 && rttMs < 200 && bitrateBps > 10_000 && score > 6, JSON.stringify(known));
  }
  for (const end = Date.now() + WATCHED; Date.now() < end; await delay(500)) {
    for (const name of ['Ada', 'Ben']) {
      const lasting = (await warningsOf(server, name)).filter((type) => type === 'packet_loss' || type === 'bitrate');
      assert.deepEqual(lasting, [], name);
    }
  }
  for (const caller of callers) caller.expectNoErrors();
}, CLOSELY);

test('of a link that loses packets both ends hear, and that it is well again', { timeout: TIMEOUT, skip: missingForNetworks() ?? false }, async () => {
  const network = await Network.make();
  try {
    await stage(async ({ server, startBrowser }) => {
      await call(server, await startBrowser(), await startBrowser(network.far));
      await network.lose(15);
      await waitFor("a warning of Ben's", DEADLINE, async () => (await warningsOf(server, 'Ben')).includes('packet_loss'));
      assert.ok(!(await warningsOf(server, 'Ada')).includes('packet_loss'), "Ada's link is another");
      await network.loseNothing();
      await waitFor('its end', DEADLINE, async () => !(await warningsOf(server, 'Ben')).includes('packet_loss'));
    }, { ...CLOSELY, ...ONE_BY_ONE }, network.near);
  } finally {
    await network.remove();
  }
});
