/** Calls between real browsers: who sees and hears whom, measured where the pictures are decoded. */

import assert from 'node:assert/strict';
import { scenario } from './support/scenario.js';

const room = 'a-test-call';

scenario('two, then four people see and hear each other', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(server, { name: 'Ben', room });
  await ada.seesAndHears(ben);
  await ben.seesAndHears(ada);

  const cleo = await browser.join(server, { name: 'Cleo', room });
  const dan = await browser.join(server, { name: 'Dan', room });
  const everybody = [ada, ben, cleo, dan];
  await Promise.all(
    everybody.map(async (caller) => {
      const others = everybody.filter((other) => other !== caller);
      await caller.shows(...others);
      await caller.seesAndHears(...others);
    }),
  );

  const { rooms, peers, transports, producers, consumers } = await server.stats();
  assert.deepEqual(
    { rooms, peers, transports, producers, consumers },
    { rooms: 1, peers: 4, transports: 8, producers: 8, consumers: 24 },
  );
  for (const caller of everybody) caller.expectNoErrors();
});

scenario('rooms keep to themselves', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room: 'one' });
  const ben = await browser.join(server, { name: 'Ben', room: 'one' });
  const cleo = await browser.join(server, { name: 'Cleo', room: 'two' });
  await ada.seesAndHears(ben);
  await ada.shows(ben);
  await cleo.shows();
  assert.equal((await server.stats()).rooms, 2);
});

scenario('a camera goes off and on again', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(server, { name: 'Ben', room });
  await ben.seesAndHears(ada);

  await ada.press('Turn camera off');
  await ben.showsMark(ada, 'pictured', false);
  const { received } = await ben.stats();
  assert.deepEqual(received.map(({ kind }) => kind), ['audio'], 'the picture is closed, not paused');
  await ben.hears(ada);

  await ada.press('Turn camera on');
  await ben.showsMark(ada, 'pictured', true);
  await ben.seesAndHears(ada);
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

scenario('a microphone is muted and unmuted', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(server, { name: 'Ben', room });
  await ben.seesAndHears(ada);

  await ada.press('Mute microphone');
  await ben.showsMark(ada, 'muted', true);
  await ben.stopsReceiving(ada, 'audio');
  await ben.sees(ada);

  await ada.page.keyboard.press('m');
  await ben.showsMark(ada, 'muted', false);
  await ben.hears(ada);
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

scenario('who joins muted and unseen is so for everybody, until they change it', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.open(server, { name: 'Ben', room });
  await ben.press('Mute microphone');
  await ben.press('Turn camera off');
  await ben.join();
  await ben.seesAndHears(ada);
  await ada.shows(ben);
  await ada.showsMark(ben, 'muted', true);
  await ada.showsMark(ben, 'pictured', false);

  await ben.press('Unmute microphone');
  await ada.hears(ben);
  await ben.press('Turn camera on');
  await ada.sees(ben);
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

scenario('without camera and microphone one can still see and hear', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const refuse = () => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('refused', 'NotAllowedError'));
  };
  const ben = await browser.open(server, { name: 'Ben', room, prepare: refuse });
  await ben.page.getByText('may not use your camera and microphone').waitFor();
  await ben.join();
  await ben.seesAndHears(ada);
  await ada.shows(ben);
  await ada.showsMark(ben, 'muted', true);
  await ada.showsMark(ben, 'pictured', false);
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

scenario('a camera needs no microphone', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const lackMicrophone = () => {
    const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wanted) =>
      wanted.audio ? Promise.reject(new DOMException('none', 'NotFoundError')) : original(wanted);
  };
  const ben = await browser.open(server, { name: 'Ben', room, prepare: lackMicrophone });
  await ben.join();
  await ada.sees(ben);
  await ada.showsMark(ben, 'muted', true);
  for (const caller of [ada, ben]) caller.expectNoErrors();
});

scenario('a page that may use TCP only gets its media over TCP', async ({ server, startBrowser }) => {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room });
  const ben = await browser.join(server, { name: 'Ben', room, tcp: true });
  await ada.seesAndHears(ben);
  await ben.seesAndHears(ada);

  const protocols = ({ send, receive }) => [send.protocol, receive.protocol];
  assert.deepEqual(protocols(await ben.stats()), ['tcp', 'tcp']);
  assert.deepEqual(protocols(await ada.stats()), ['udp', 'udp']);
});
