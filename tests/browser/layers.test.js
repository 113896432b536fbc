/** Pictures come in the size that is looked at, and what nobody looks at is not sent. */

import assert from 'node:assert/strict';
import { receivesLayer, sendsLayers, sendsNothing, sentOf } from './support/layers.js';
import { scenario } from './support/scenario.js';
import { waitFor } from './support/wait.js';

const room = 'a-test-call';
const LARGE = { width: 1280, height: 800 };
const SMALL = { width: 300, height: 420 };

/** Milliseconds; the shorter, the sooner a test is through. */
const RELEASE = { COLLOQUY_ROOMS__LAYERS_RELEASE_MS: '500' };

/** One who sends 720 lines, and one who only looks. */
async function call(server, startBrowser, switches = {}) {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room, video: '1280x720@15', switches });
  const ben = await browser.open(server, { name: 'Ben', room, viewport: LARGE });
  await ben.press('Turn camera off');
  await ben.press('Mute microphone');
  await ben.join();
  return [ada, ben, browser];
}

/** Browsers in tests never hide a page: this says that they do. */
function setHidden(caller, hidden) {
  return caller.page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

scenario('of three layers each page gets the one that fits its tile', async ({ server, startBrowser }) => {
  const [ada, ben] = await call(server, startBrowser);
  await ben.seesAndHears(ada);
  await receivesLayer(ben, ada, 2);
  await sendsLayers(ada, 0, 1, 2);

  await ben.page.setViewportSize(SMALL);
  await receivesLayer(ben, ada, 0);
  await ben.sees(ada);
  // And as nobody else looks, no more than that is sent.
  await sendsLayers(ada, 0);
  const { layers } = await sentOf(ada);
  assert.deepEqual(layers.map(({ active }) => active), [true, false, false]);

  await ben.page.setViewportSize(LARGE);
  await receivesLayer(ben, ada, 2);
  await ben.sees(ada);
  for (const caller of [ada, ben]) caller.expectNoErrors();
}, RELEASE);

scenario('a tile that is made large gets a larger picture', async ({ server, startBrowser }) => {
  const [ada, ben, browser] = await call(server, startBrowser);
  // A narrow window makes tiles as small as a crowd would.
  await ben.page.setViewportSize({ width: 520, height: 700 });
  const cleo = await browser.open(server, { name: 'Cleo', room, viewport: SMALL });
  await cleo.press('Turn camera off');
  await cleo.join();
  await ben.shows(ada, cleo);
  await receivesLayer(ben, ada, 1);
  await receivesLayer(cleo, ada, 0);
  await ben.page.setViewportSize(LARGE);
  await ben.press('Show Ada large');
  await receivesLayer(ben, ada, 2);
  await ben.page.locator('.large .tile', { hasText: 'Ada' }).waitFor();
  await ben.press('Show Ben (you) large');
  await receivesLayer(ben, ada, 0);
  await receivesLayer(cleo, ada, 0);
  for (const caller of [ada, ben, cleo]) caller.expectNoErrors();
});

scenario('what nobody looks at is not sent, until somebody does', async ({ server, startBrowser }) => {
  const [ada, ben, browser] = await call(server, startBrowser);
  await ben.seesAndHears(ada);

  await setHidden(ben, true);
  await sendsLayers(ada);
  await ben.hears(ada);
  await setHidden(ben, false);
  await ben.sees(ada);

  await ben.close();
  await ada.shows();
  await sendsNothing(ada);
  // She is not muted by that, neither for herself nor for who comes next.
  assert.equal(await ada.page.locator('.tile.own.muted').count(), 0);
  const cleo = await browser.open(server, { name: 'Cleo', room });
  await cleo.press('Turn camera off');
  await cleo.join();
  await cleo.seesAndHears(ada);
  await cleo.showsMark(ada, 'muted', false);
  for (const caller of [ada, cleo]) caller.expectNoErrors();
}, RELEASE);

scenario('a tile that is scrolled out of sight costs nothing', async ({ server, startBrowser }) => {
  const [ada, ben] = await call(server, startBrowser);
  await ben.sees(ada);
  await ben.page.evaluate(() => {
    const tile = [...document.querySelectorAll('.tile')].find((candidate) => candidate.textContent.includes('Ada'));
    tile.style.translate = '0 5000px';
  });
  await ben.stopsReceiving(ada, 'video');
  await ben.hears(ada);
  await ben.page.evaluate(() => document.querySelectorAll('.tile').forEach((tile) => (tile.style.translate = '')));
  await ben.sees(ada);
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

scenario('of VP9 the layers in the stream follow what is looked at', async ({ server, startBrowser }) => {
  const [ada, ben] = await call(server, startBrowser, { codec: 'vp9' });
  await ben.sees(ada);
  const mode = (wanted) =>
    waitFor(`the mode to be ${wanted}`, 60_000, async () => {
      const { layers, codec } = await sentOf(ada);
      assert.equal(codec, 'video/VP9');
      return layers[0].scalabilityMode === wanted || `it is ${layers[0].scalabilityMode}`;
    });
  await mode('L3T3_KEY');
  await receivesLayer(ben, ada, 2);
  await ben.page.setViewportSize(SMALL);
  await mode('L1T3');
  await ben.sees(ada);
  await ben.page.setViewportSize(LARGE);
  await mode('L3T3_KEY');
  await receivesLayer(ben, ada, 2);
  await ben.sees(ada);
  for (const caller of [ada, ben]) caller.expectNoErrors();
}, RELEASE);

for (const switches of [{ simulcast: '0' }, { codec: 'av1' }]) {
  scenario(`with ${JSON.stringify(switches)} there is one size`, async ({ server, startBrowser }) => {
    const [ada, ben] = await call(server, startBrowser, switches);
    await ben.sees(ada);
    const sent = await sentOf(ada);
    assert.equal(sent.codec, `video/${switches.codec?.toUpperCase() ?? 'VP8'}`);
    assert.equal(sent.layers.length, 1);
    await ben.page.setViewportSize(SMALL);
    await ben.sees(ada);
    for (const caller of [ada, ben]) caller.expectNoErrors();
  });
}
