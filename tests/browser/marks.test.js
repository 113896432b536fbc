/** Bad connections are marked on the page, and no longer than they are bad. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { missingForNetworks, Network, ONE_BY_ONE } from './support/network.js';
import { stage } from './support/scenario.js';

const room = 'a-test-call';

/** Milliseconds. */
const TIMEOUT = 240_000;

/** Looks every second instead of every five. */
const SETTINGS = { COLLOQUY_QUALITY__INTERVAL_MS: '1000' };

/** Waits until the tile (`own`: one's own) is marked so, for eyes and for screen readers. */
async function marks(caller, tile, quality) {
  const selector = tile === 'own' ? '.tile.own' : '.tile.person:not(.own)';
  await caller.page.locator(`${selector}:is(${quality.map((level) => `[data-quality="${level}"]`).join()})`).waitFor({ timeout: 60_000 });
  const [shown, words] = await caller.page.locator(selector).evaluate((element) => [
    element.dataset.quality,
    [element.getAttribute('aria-label'), element.querySelector('[role=img]').getAttribute('aria-label')],
  ]);
  assert.match(words[1], new RegExp(`^${shown} connection$`));
  assert.equal(words[0].includes('connection'), shown !== 'good', words[0]);
}

test('who loses packets is marked on every page, until it is over', { timeout: TIMEOUT, skip: missingForNetworks() ?? false }, async () => {
  const network = await Network.make();
  try {
    await stage(async ({ server, startBrowser }) => {
      const near = await startBrowser();
      const ada = await near.join(server, { name: 'Ada', room });
      const ben = await (await startBrowser(network.far)).join(server, { name: 'Ben', room });
      await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
      await marks(ada, 'other', ['good']);

      await network.lose(20);
      await marks(ada, 'other', ['weak', 'poor']);
      await marks(ben, 'own', ['weak', 'poor']);
      await network.loseNothing();
      await marks(ada, 'other', ['good']);
      await marks(ben, 'own', ['good']);
      await marks(ada, 'own', ['good']);
      for (const caller of [ada, ben]) caller.expectNoErrors();
    }, { ...SETTINGS, ...ONE_BY_ONE }, network.near);
  } finally {
    await network.remove();
  }
});
