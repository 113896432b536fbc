/** Who speaks is marked: by the server's word, or, where it says nothing, by what a page hears itself. */

import { hearInstead } from './support/microphone.js';
import { scenario } from './support/scenario.js';

const room = 'a-test-call';

/** Ada is heard all the time, for speech takes longer than a browser's test beep; Ben's microphone is off. */
async function call(server, startBrowser) {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room, prepare: hearInstead, prepareWith: { left: 0.3, right: 0.3 } });
  const ben = await browser.open(server, { name: 'Ben', room });
  await ben.press('Mute microphone');
  await ben.join();
  await ben.hears(ada);
  return [ada, ben];
}

const ownMark = (caller, state) => caller.page.locator('.tile.own.speaking').waitFor({ state });

scenario('the server says who speaks', async ({ server, startBrowser }) => {
  const [ada, ben] = await call(server, startBrowser);
  await ben.showsMark(ada, 'speaking', true);
  // Oneself, too, which no page finds out by listening to others.
  await ownMark(ada, 'attached');
  await ada.press('Mute microphone');
  await ben.showsMark(ada, 'speaking', false);
  await ownMark(ada, 'detached');
  await ada.press('Unmute microphone');
  await ben.showsMark(ada, 'speaking', true);
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

scenario('without its word pages listen themselves', async ({ server, startBrowser }) => {
  const [ada, ben] = await call(server, startBrowser);
  await ben.showsMark(ada, 'speaking', true);
  await ada.press('Mute microphone');
  await ben.showsMark(ada, 'speaking', false);
  for (const caller of [ada, ben]) caller.expectNoErrors();
}, { COLLOQUY_SPEAKERS__ACTIVE_SPEAKER: 'false', COLLOQUY_SPEAKERS__AUDIO_LEVELS: 'false' });
