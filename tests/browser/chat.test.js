/** What people write to each other. */

import assert from 'node:assert/strict';
import { Cuttable } from './support/cuttable.js';
import { scenario } from './support/scenario.js';
import { waitFor } from './support/wait.js';

const room = 'a-test-call';

/** Milliseconds. */
const DEADLINE = 30_000;

/** Two people whose media does not matter here. */
async function call(server, startBrowser, bensServer = server) {
  const browser = await startBrowser();
  const [ada, ben] = [await enter(browser, server, 'Ada'), await enter(browser, bensServer, 'Ben')];
  await ada.shows(ben);
  return [ada, ben, browser];
}

async function enter(browser, server, name) {
  const caller = await browser.open(server, { name, room });
  await caller.press('Turn camera off');
  await caller.join();
  return caller;
}

const field = (caller) => caller.page.getByRole('textbox', { name: 'Message' });

async function write(caller, text) {
  await field(caller).fill(text);
  await field(caller).press('Enter');
}

/** Waits until the open chat shows exactly these messages, each as `author: text`. */
async function reads(caller, ...wanted) {
  await waitFor(`${caller.name} to read ${wanted.length} messages`, DEADLINE, async () => {
    const shown = await caller.page.locator('.chat-list li').evaluateAll((items) =>
      items.map((item) => `${item.querySelector('strong').textContent}: ${item.querySelector('.chat-text').textContent}`),
    );
    return JSON.stringify(shown) === JSON.stringify(wanted) || `shown is ${JSON.stringify(shown)}`;
  });
}

scenario('two people write to each other, by keyboard alone', async ({ server, startBrowser }) => {
  const [ada, ben] = await call(server, startBrowser);
  await ada.page.keyboard.press('c');
  await write(ada, 'Hello Ben');
  await reads(ada, 'You: Hello Ben');
  assert.equal(await field(ada).inputValue(), '');
  // The letters of shortcuts are letters while somebody writes.
  await write(ada, 'mvcsd');
  await ben.showsMark(ada, 'muted', false);

  await ben.page.getByRole('button', { name: 'Open chat, 2 unread' }).waitFor();
  await ben.page.keyboard.press('c');
  await reads(ben, 'Ada: Hello Ben', 'Ada: mvcsd');
  await ben.page.keyboard.type('one');
  await ben.page.keyboard.press('Shift+Enter');
  await ben.page.keyboard.type('two');
  await ben.page.keyboard.press('Enter');
  await reads(ada, 'You: Hello Ben', 'You: mvcsd', 'Ben: one\ntwo');

  await ben.page.keyboard.press('Escape');
  const focused = await ben.page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  assert.equal(focused, 'Open chat');
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

scenario('what is written is text, whatever it looks like, and wraps', async ({ server, startBrowser }) => {
  const [ada, ben] = await call(server, startBrowser);
  await ben.page.setViewportSize({ width: 360, height: 640 });
  await ada.press('Open chat');
  await ben.press('Open chat');
  const texts = ['<img src=x onerror="document.title=1"><b>bold</b>', `https://example.org/${'x'.repeat(600)}`];
  for (const text of texts) await write(ada, text);
  await reads(ben, ...texts.map((text) => `Ada: ${text}`));
  assert.equal(await ben.page.locator('.chat-list :is(img, b, a)').count(), 0);
  const { scrollWidth, clientWidth } = await ben.page.locator('.chat-list').evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
  assert.ok(scrollWidth <= clientWidth, `${scrollWidth} pixels in ${clientWidth}`);
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

scenario('who comes later reads what was kept', async ({ server, startBrowser }) => {
  const [ada, ben, browser] = await call(server, startBrowser);
  await ada.press('Open chat');
  for (const text of ['one', 'two', 'three']) await write(ada, text), await reads(ada, ...said('You', text));
  const cleo = await enter(browser, server, 'Cleo');
  await cleo.page.getByRole('button', { name: 'Open chat, 2 unread' }).click();
  await reads(cleo, 'Ada: two', 'Ada: three');
  for (const caller of [ada, ben, cleo]) caller.expectNoErrors();
}, { COLLOQUY_MESSAGES__KEPT: '2' });

/** All messages up to that one. */
function said(author, last) {
  const all = ['one', 'two', 'three'];
  return all.slice(0, all.indexOf(last) + 1).map((text) => `${author}: ${text}`);
}

scenario('what is written while a connection is lost comes when it is back', async ({ server, startBrowser }) => {
  const way = await Cuttable.to(server);
  const [ada, ben] = await call(server, startBrowser, way);
  await ada.press('Open chat');
  await ben.press('Open chat');
  await write(ada, 'before');
  await reads(ben, 'Ada: before');
  way.cut();
  await ben.waitForPhase('reconnecting');
  await write(ada, 'meanwhile');
  await write(ben, 'lost?');
  await ben.page.getByText('Not sent: the connection is lost').waitFor();
  assert.equal(await field(ben).inputValue(), 'lost?');
  way.mend();
  await ben.waitForPhase('joined');
  await reads(ben, 'Ada: before', 'Ada: meanwhile');
  await field(ben).press('Enter');
  await reads(ada, 'You: before', 'You: meanwhile', 'Ben: lost?');
  ada.expectNoErrors();
  way.close();
}, { COLLOQUY_MESSAGES__KEPT: '10' });

scenario('who is told that a message was not sent still has it', async ({ server, startBrowser }) => {
  const [ada, ben] = await call(server, startBrowser);
  await ada.press('Open chat');
  await ben.press('Open chat');
  const long = 'x'.repeat(300);
  await write(ada, long);
  await ada.page.getByText('Not sent: this message is too long.').waitFor();
  assert.equal(await field(ada).inputValue(), long);
  await write(ada, 'short');
  await reads(ben, 'Ada: short');
  // The refused one may count or not.
  for (let count = 0; count < 3; count++) await write(ada, 'too soon');
  await ada.page.getByText('Not sent: too many messages at once.').waitFor();
  assert.equal(await field(ada).inputValue(), 'too soon');
  for (const caller of [ada, ben]) caller.expectNoErrors();
}, { COLLOQUY_MESSAGES__MAX_BYTES: '100', COLLOQUY_MESSAGES__PER_SECOND: '1', COLLOQUY_MESSAGES__BURST: '2' });
