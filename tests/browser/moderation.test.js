/** A host keeps order, and the server holds to it: what a page shows or leaves out changes nothing. */

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { Invitations } from './support/invitations.js';
import { scenario } from './support/scenario.js';

const room = 'a-test-call';

const invitations = await Invitations.make();
after(() => invitations.remove());

const { settings } = invitations;

/** Opens the page by an invitation, and joins. */
async function enter(browser, server, name, role, options = {}) {
  const caller = await open(browser, server, name, role, options);
  await caller.join();
  return caller;
}

async function open(browser, server, name, role, options = {}) {
  return browser.open(server, { name, room, token: await invitations.token({ name, room, role }), ...options });
}

/** Picks something from the menu on somebody's tile, by keyboard. */
async function choose({ page }, other, label) {
  await page.getByRole('button', { name: `What to do with ${other.name}` }).focus();
  await page.keyboard.press('Enter');
  const items = await page.getByRole('menuitem').allTextContents();
  assert.ok(items.includes(label), `${label} is none of ${items.join(', ')}`);
  for (let at = items.indexOf(label); at > 0; at--) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
}

/** Answers a question with its second button, by keyboard. */
async function confirm(caller) {
  await caller.page.getByRole('dialog').waitFor();
  await caller.page.keyboard.press('Tab');
  await caller.page.keyboard.press('Enter');
}

/** What the server says to a request that no button of the page makes: a code, or `done`. */
function ask(caller, event, payload) {
  return caller.page.evaluate(
    ([name, data]) => window.colloquy.call.signaling.request(name, data).then(() => 'done', ({ code }) => code),
    [event, payload],
  );
}

async function producerOf(caller, source) {
  const { sent } = await caller.stats();
  return sent.find((entry) => entry.source === source)?.producerId;
}

/** Waits until the page tells the person something of that kind. */
async function reads(caller, text) {
  await caller.page.getByText(text).first().waitFor();
}

scenario('a host mutes somebody, who can do nothing about it until the host lets go', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await enter(browser, server, 'Ada', 'host');
  const ben = await enter(browser, server, 'Ben', 'participant');
  const cleo = await enter(browser, server, 'Cleo', 'participant');
  await Promise.all([cleo.seesAndHears(ben), ada.shows(ben, cleo)]);

  await choose(ada, ben, 'Mute microphone');
  await cleo.stopsReceiving(ben, 'audio');
  await cleo.showsMark(ben, 'muted', true);
  await reads(ben, 'Ada muted your microphone.');

  const button = ben.page.getByRole('button', { name: /^Unmute microphone: Ada muted your microphone/ });
  assert.equal(await button.getAttribute('aria-disabled'), 'true');
  // It can be pressed, to be told why: to Playwright it is disabled.
  await button.click({ force: true });
  await ben.page.keyboard.press('m');
  await reads(ben, 'it stays off until they let go of it');
  const producerId = await producerOf(ben, 'microphone');
  assert.equal(await ask(ben, 'resumeProducer', { producerId }), 'FORBIDDEN');
  await cleo.stopsReceiving(ben, 'audio');

  await choose(ada, ben, 'Allow microphone again');
  await reads(ben, 'You may speak again.');
  // Nobody is switched on by others.
  await cleo.stopsReceiving(ben, 'audio');
  await ben.press('Turn on microphone');
  await cleo.hears(ben);
  await cleo.showsMark(ben, 'muted', false);
  for (const caller of [ada, ben, cleo]) caller.expectNoErrors();
}, settings);

scenario('a page that takes no notice of being muted is muted all the same', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await enter(browser, server, 'Ada', 'moderator');
  const ben = await enter(browser, server, 'Ben', 'participant');
  const cleo = await enter(browser, server, 'Cleo', 'participant');
  await Promise.all([cleo.seesAndHears(ben), ada.shows(ben, cleo)]);
  await ben.page.evaluate(() => (window.colloquy.call.order.muting.mute = () => ''));

  await choose(ada, ben, 'Mute camera');
  await cleo.stopsReceiving(ben, 'video');
  await cleo.showsMark(ben, 'pictured', false);
  assert.ok(await producerOf(ben, 'camera'), 'the camera still runs');
  assert.equal(await ask(ben, 'resumeProducer', { producerId: await producerOf(ben, 'camera') }), 'FORBIDDEN');
  // Nor does another producer of that kind help.
  await ben.press('Turn camera off');
  await ben.press('Turn camera on');
  await cleo.stopsReceiving(ben, 'video');
  await cleo.showsMark(ben, 'pictured', false);
  await cleo.hears(ben);
  for (const caller of [ada, cleo]) caller.expectNoErrors();
}, settings);

scenario('a host makes a viewer of somebody, and a participant again', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await enter(browser, server, 'Ada', 'host');
  const ben = await enter(browser, server, 'Ben', 'participant');
  const vera = await enter(browser, server, 'Vera', 'viewer');
  await Promise.all([vera.seesAndHears(ben), ben.seesAndHears(ada)]);
  assert.equal(await ada.page.locator('.tile.own .tile-role').textContent(), 'host');
  await ada.page.getByRole('listitem', { name: /^Vera, microphone off, camera off/ }).waitFor();
  for (const label of ['Mute microphone', 'Turn camera on', 'Share your screen', 'Lock the room']) {
    assert.equal(await vera.page.getByRole('button', { name: label }).count(), 0, label);
  }

  await choose(ada, ben, 'Make viewer');
  await reads(ben, 'Ada made you a viewer');
  await vera.stopsReceiving(ben, 'audio');
  await vera.showsMark(ben, 'pictured', false);
  assert.equal(await ben.page.getByRole('button', { name: /microphone|camera|screen/i }).count(), 0);
  await ben.seesAndHears(ada);

  await choose(ada, vera, 'Make participant');
  await reads(vera, 'Ada made you a participant');
  await vera.press('Turn camera on');
  await vera.press('Unmute microphone');
  await ben.seesAndHears(vera);
  for (const caller of [ada, ben, vera]) caller.expectNoErrors();
}, settings);

scenario('a host locks the room, removes somebody for good, and ends the call', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await enter(browser, server, 'Ada', 'host');
  const ben = await enter(browser, server, 'Ben', 'participant');
  await ada.shows(ben);

  await ada.press('Lock the room');
  await ben.page.getByRole('img', { name: 'Locked' }).waitFor();
  const dan = await open(browser, server, 'Dan', 'participant');
  await dan.tryToJoin();
  await reads(dan, 'This room is locked');
  await ada.press('Unlock the room');
  await ben.page.getByRole('img', { name: 'Locked' }).waitFor({ state: 'hidden' });
  await dan.press('Try again');
  await ada.shows(ben, dan);

  await choose(ada, dan, 'Remove for good…');
  await ada.page.keyboard.press('Escape');
  await ada.shows(ben, dan);
  await choose(ada, dan, 'Remove for good…');
  await confirm(ada);
  await reads(dan, 'Ada removed you from the call for good');
  await ada.shows(ben);
  assert.equal(await dan.page.getByRole('button', { name: 'Try again' }).isVisible(), false);
  await dan.reload();
  await dan.tryToJoin();
  await reads(dan, 'You were removed from this call for good');

  await ada.press('End for everybody');
  await confirm(ada);
  for (const caller of [ada, ben]) await reads(caller, 'The call was ended for everybody.');
  await server.expectEmpty();
  for (const caller of [ada, ben, dan]) caller.expectNoErrors();
}, settings);

scenario('who has no invitation is asked for one, and whose is no good for another', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ben = await browser.open(server, { name: 'Ben', room });
  await ben.tryToJoin();
  await reads(ben, 'This server lets people in by invitation.');
  const token = await invitations.token({ name: 'Ben', room });
  const [start, end] = [token.slice(0, -8), token.slice(-8)];
  await ben.page.getByLabel('Invitation').fill(`${start}${[...end].reverse().join('')}`);
  await ben.tryToJoin();
  await reads(ben, 'Your invitation is not valid');
  await ben.page.getByLabel('Invitation').fill(`${server.url}/#token=${token}`);
  await ben.join();
  assert.ok(!ben.page.url().includes(token.slice(-20)), 'the address bar has the token');

  // A reload comes back by it, and so does nobody to whom the link is copied.
  await ben.reload();
  await ben.join();
  const other = await browser.open(server, { name: 'Ben', room: 'another-room', token });
  await other.page.getByRole('textbox', { name: 'Room' }).fill('another-room');
  await other.tryToJoin();
  await reads(other, 'Your invitation is not for this room');
  // Browsers complain of the connection that was refused, and so nothing is asked of their consoles here.
}, settings);
