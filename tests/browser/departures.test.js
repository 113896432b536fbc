/** Ways to go, with and without goodbye, and ways back: the others notice, and nothing is left behind. */

import { scenario } from './support/scenario.js';

const room = 'a-test-call';

scenario('somebody leaves, and rejoins', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(server, { name: 'Ben', room });
  const cleo = await browser.join(server, { name: 'Cleo', room });
  await ada.shows(ben, cleo);

  await ben.press('Leave the call');
  await ben.page.getByRole('heading', { name: 'You left the call' }).waitFor();
  await ada.shows(cleo);
  await cleo.shows(ada);
  await ada.seesAndHears(cleo);

  await ben.press('Rejoin');
  await ada.shows(ben, cleo);
  await ada.seesAndHears(ben);
  await ben.seesAndHears(ada, cleo);
  for (const caller of [ada, ben, cleo]) caller.expectNoErrors();
});

scenario('when all have left, the room is closed', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(server, { name: 'Ben', room });
  await ada.seesAndHears(ben);
  await ada.press('Leave the call');
  await ben.shows();
  await ben.press('Leave the call');
  // With the pages still open: leaving, not the end of the connection, has to clear up.
  await server.expectEmpty();
});

scenario('a tab is closed', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(server, { name: 'Ben', room });
  await ada.seesAndHears(ben);
  await ben.close();
  await ada.shows();
  ada.expectNoErrors();
});

scenario('a page is reloaded', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(server, { name: 'Ben', room });
  await ada.seesAndHears(ben);

  await ben.reload();
  await ada.shows();
  await ben.join();
  await ada.shows(ben);
  await ada.seesAndHears(ben);
  await ben.seesAndHears(ada);
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

scenario('a browser is killed without goodbye', async ({ server, startBrowser }) => {
  const [browser, doomed] = await Promise.all([startBrowser(), startBrowser()]);
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await doomed.join(server, { name: 'Ben', room });
  await ada.seesAndHears(ben);
  await ben.seesAndHears(ada);

  await doomed.kill();
  await ada.shows();
  ada.expectNoErrors();
});

scenario('a browser stops in mid-step, its connection left open', async ({ server, startBrowser }) => {
  const [browser, frozen] = await Promise.all([startBrowser(), startBrowser()]);
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await frozen.join(server, { name: 'Ben', room });
  await ada.seesAndHears(ben);

  frozen.freeze();
  await ada.shows();
  await frozen.kill();
  ada.expectNoErrors();
});

scenario('the server dies and comes back: the call goes on by itself', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(server, { name: 'Ben', room });
  await ada.seesAndHears(ben);

  await server.kill();
  await ada.waitForPhase('reconnecting');
  await ada.page.getByText('Connection lost. Reconnecting…').waitFor();
  await server.restart();
  await Promise.all([ada, ben].map((caller) => caller.waitForPhase('joined')));
  await ada.shows(ben);
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
});

scenario('the server is shut down in the middle of a call, and started again', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(server, { name: 'Ben', room });
  await ada.seesAndHears(ben);

  await server.stop();
  await ada.waitForPhase('reconnecting');
  await server.restart();
  await Promise.all([ada, ben].map((caller) => caller.waitForPhase('joined')));
  await ada.shows(ben);
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
});
