/** Things that break under a call, each of which the call survives: workers, connections, paths. */

import assert from 'node:assert/strict';
import { io } from 'socket.io-client';
import { Cuttable } from './support/cuttable.js';
import { survive } from './support/deaths.js';
import { Refusals } from './support/refusals.js';
import { scenario } from './support/scenario.js';
import { waitFor } from './support/wait.js';

const room = 'a-test-call';

/** Milliseconds from a worker's death to the next picture. */
const BACK_IN_PICTURE = 2_000;

/** Two people in a call, on workers in processes of their own. */
async function call(server, browser) {
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(server, { name: 'Ben', room });
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  return [ada, ben];
}

for (const signal of ['SIGKILL', 'SIGABRT', 'SIGSTOP']) {
  scenario(`workers die of ${signal}`, async ({ server, startBrowser }) => {
    const browser = await startBrowser();
    const [ada, ben] = await call(server, browser);
    const ids = await Promise.all([ada.peerId(), ben.peerId()]);
    const times = [];
    for (let death = 0; death < 3; death++) times.push(await survive(signal, server, [ada, ben]));
    console.log(`back in picture ${times.join(', ')} ms after ${signal}`);
    // The middle one of three: one lost packet at the wrong moment costs a second, on any day.
    const [, median] = times.sort((one, other) => one - other);
    assert.ok(median < BACK_IN_PICTURE, `${times} ms`);
    // Nobody had to join again.
    assert.deepEqual(await Promise.all([ada.peerId(), ben.peerId()]), ids);
    for (const caller of [ada, ben]) caller.expectNoErrors();
  });
}

scenario('a worker dies, and the calls on the other notice nothing', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const [ada, ben] = await call(server, browser);
  const cleo = await browser.join(server, { name: 'Cleo', room: 'another-call' });
  const dan = await browser.join(server, { name: 'Dan', room: 'another-call' });
  await Promise.all([cleo.seesAndHears(dan), dan.seesAndHears(cleo)]);
  const before = [await cleo.peerId(), await dan.peerId(), await cleo.receivedIds(), await dan.receivedIds()];
  const [victim] = await server.workersOf(await ada.mediaPort());
  process.kill(victim.pid, 'SIGKILL');
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  await Promise.all([cleo.seesAndHears(dan), dan.seesAndHears(cleo)]);
  const after = [await cleo.peerId(), await dan.peerId(), await cleo.receivedIds(), await dan.receivedIds()];
  assert.deepEqual(after, before);
  for (const caller of [ada, ben, cleo, dan]) caller.expectNoErrors();
});

scenario('both workers die, one after the other', async ({ server, startBrowser }) => {
  const [ada, ben] = await call(server, await startBrowser());
  for (const { pid } of (await server.stats()).workersDetail) {
    process.kill(pid, 'SIGKILL');
    await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  }
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

scenario('what the server cannot do just now is asked for again', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const refusals = [new Refusals(), new Refusals()];
  const [ada, ben] = await Promise.all(
    refusals.map(({ prepareContext }, index) => browser.join(server, { name: ['Ada', 'Ben'][index], room, prepareContext })),
  );
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  for (const each of refusals) each.refuse('createTransport', 'getProducers', 'produce', 'consume');
  const [victim] = await server.workersOf(await ada.mediaPort());
  const notice = ada.page.getByText('The others may not see or hear you yet.');
  const told = notice.waitFor();
  process.kill(victim.pid, 'SIGKILL');
  await told;
  await server.hasAgain(2);
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  await notice.waitFor({ state: 'hidden' });
  assert.deepEqual(refusals.map(({ left }) => left), [[], []], 'all was refused once');
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

/** A server that waits for who is away as long as a busy machine needs for all that happens meanwhile. */
const PATIENT = { COLLOQUY_ROOMS__RESUME_GRACE_S: '15' };

scenario('a connection is lost and found again', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const way = await Cuttable.to(server);
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(way, { name: 'Ben', room });
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  const before = [await ben.peerId(), await ada.receivedIds(), await ben.receivedIds()];

  way.cut();
  await ben.waitForPhase('reconnecting');
  await ada.showsMark(ben, 'reconnecting', true);
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  // Meanwhile the one turns the camera off, the other the microphone, which nobody can hear of yet.
  await ada.press('Turn camera off');
  await ben.press('Mute microphone');
  way.mend();
  await ben.waitForPhase('joined');
  await ada.showsMark(ben, 'reconnecting', false);
  await ada.showsMark(ben, 'muted', true);
  await ben.showsMark(ada, 'pictured', false);
  await ada.press('Turn camera on');
  await ben.press('Unmute microphone');
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  await ada.shows(ben);
  await ben.shows(ada);
  const after = [await ben.peerId(), await ada.receivedIds()];
  assert.deepEqual(after, before.slice(0, 2), 'the same peer, with the same tracks');
  ada.expectNoErrors();
  way.close();
}, PATIENT);

scenario('a connection is lost for too long', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const way = await Cuttable.to(server);
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(way, { name: 'Ben', room });
  await ada.seesAndHears(ben);
  way.cut();
  await ada.showsMark(ben, 'reconnecting', true);
  await ada.shows();
  // Too late to go on, not too late to come in again.
  way.mend();
  await ben.waitForPhase('joined');
  await ada.shows(ben);
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  ada.expectNoErrors();
  way.close();
});

scenario('the worker dies while a connection is lost', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const way = await Cuttable.to(server);
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(way, { name: 'Ben', room });
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  way.cut();
  await ada.showsMark(ben, 'reconnecting', true);
  const [victim] = await server.workersOf(await ada.mediaPort());
  process.kill(victim.pid, 'SIGKILL');
  await server.hasAgain(2);
  way.mend();
  await ben.waitForPhase('joined');
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  await ada.shows(ben);
  ada.expectNoErrors();
  way.close();
}, PATIENT);

scenario('a call is taken over by another connection', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const caught = {};
  const ben = await browser.open(server, { name: 'Ben', room });
  ben.page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => (caught.request ??= /\["joinRoom",(\{.*\})\]$/.exec(payload)?.[1]));
    socket.on('framereceived', ({ payload }) => (caught.token ??= /"resumeToken":"([^"]+)"/.exec(payload)?.[1]));
  });
  await ben.join();
  await ada.shows(ben);
  const thief = io(server.url, { transports: ['websocket'] });
  const request = { ...JSON.parse(caught.request), resumeToken: caught.token };
  const answer = await thief.timeout(10_000).emitWithAck('joinRoom', request);
  assert.equal(answer.data?.resumed, true, JSON.stringify(answer));
  await ben.page.getByText('This call goes on in another window.').waitFor();
  await ada.shows(ben);
  await thief.timeout(10_000).emitWithAck('leaveRoom');
  await ada.shows();
  thief.close();
});

scenario('ICE is restarted under a call', async ({ server, startBrowser }) => {
  const [ada, ben] = await call(server, await startBrowser());
  const names = async () => {
    const { send, receive } = await ada.stats();
    return [send, receive].map(({ iceUsername }) => iceUsername);
  };
  const before = await names();
  await ada.page.evaluate(() => window.colloquy.call.restartIce());
  await waitFor('new credentials', 10_000, async () => {
    const now = await names();
    return now.every((name, index) => name && name !== before[index]) || `still ${now}`;
  });
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  for (const caller of [ada, ben]) caller.expectNoErrors();
});
