/** Shared screens. */

import assert from 'node:assert/strict';
import { Cuttable } from './support/cuttable.js';
import { receivesScreenOf, rememberScreen, showsScreensOf, stopInBrowser } from './support/sharing.js';
import { scenario } from './support/scenario.js';

const room = 'a-test-call';

async function enter(browser, server, name) {
  const caller = await browser.open(server, { name, room, prepare: rememberScreen });
  await caller.press('Turn camera off');
  await caller.join();
  return caller;
}

scenario('a screen is shown large to the others, with its sound', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const [ada, ben] = [await enter(browser, server, 'Ada'), await enter(browser, server, 'Ben')];
  await ada.press('Share your screen');
  await showsScreensOf(ben, ada);
  await receivesScreenOf(ben, ada);
  await ben.hears(ada);
  await ben.shows(ada);
  // Its owner sees a small picture of it, and no tile.
  await ada.page.getByRole('region', { name: 'Your screen' }).waitFor();
  await showsScreensOf(ada);

  const cleo = await enter(browser, server, 'Cleo');
  await showsScreensOf(cleo, ada);
  await receivesScreenOf(cleo, ada);

  await ada.press('Stop sharing');
  await showsScreensOf(ben);
  await showsScreensOf(cleo);
  await ada.page.getByRole('region', { name: 'Your screen' }).waitFor({ state: 'hidden' });
  await ben.shows(ada, cleo);
  await ben.hears(ada);
  for (const caller of [ada, ben, cleo]) caller.expectNoErrors();
});

scenario('one at a time, and the browser can end it', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const [ada, ben] = [await enter(browser, server, 'Ada'), await enter(browser, server, 'Ben')];
  await ada.page.keyboard.press('d');
  await showsScreensOf(ben, ada);

  await ben.press('Share your screen');
  await ben.page.getByText('Somebody is sharing a screen already.').waitFor();
  await ben.page.getByRole('button', { name: 'Share your screen', exact: true }).waitFor();
  const isLive = await ben.page.evaluate(() => window.sharedScreen.getTracks().some(({ readyState }) => readyState === 'live'));
  assert.equal(isLive, false, 'what is not shared is not captured either');
  await showsScreensOf(ada);

  await stopInBrowser(ada);
  await showsScreensOf(ben);
  await ada.page.getByRole('button', { name: 'Share your screen', exact: true }).waitFor();
  await ben.press('Share your screen');
  await showsScreensOf(ada, ben);
  await receivesScreenOf(ada, ben);
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

scenario('several at once where the server allows it', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const callers = [await enter(browser, server, 'Ada'), await enter(browser, server, 'Ben'), await enter(browser, server, 'Cleo')];
  const [ada, ben, cleo] = callers;
  await ada.press('Share your screen');
  await ben.press('Share your screen');
  await showsScreensOf(cleo, ada, ben);
  await showsScreensOf(ada, ben);
  await receivesScreenOf(cleo, ada);
  await receivesScreenOf(cleo, ben);
  await ben.press('Leave the call');
  await showsScreensOf(cleo, ada);
  for (const caller of callers) caller.expectNoErrors();
}, { COLLOQUY_ROOMS__MAX_SCREENS: '2' });

scenario('a screen outlives its worker, and a connection that is lost', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const way = await Cuttable.to(server);
  const [ada, ben] = [await enter(browser, way, 'Ada'), await enter(browser, server, 'Ben')];
  await ada.press('Share your screen');
  await receivesScreenOf(ben, ada);

  const [victim] = await server.workersOf(await ben.mediaPort());
  process.kill(victim.pid, 'SIGKILL');
  await server.hasAgain(2);
  await showsScreensOf(ben, ada);
  await receivesScreenOf(ben, ada);

  way.cut();
  await ben.showsMark(ada, 'reconnecting', true);
  await receivesScreenOf(ben, ada);
  // What ends meanwhile is over for the others as soon as they can hear of it.
  await stopInBrowser(ada);
  way.mend();
  await ada.waitForPhase('joined');
  await showsScreensOf(ben);
  await ada.press('Share your screen');
  await receivesScreenOf(ben, ada);
  ben.expectNoErrors();
  way.close();
});
