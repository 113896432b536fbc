/** A real TURN server, which is the only path of somebody in a call. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { pathsOf } from './support/connections.js';
import { stage } from './support/scenario.js';
import { Turn } from './support/turn.js';

const room = 'a-test-call';

/** Milliseconds. */
const TIMEOUT = 180_000;

/** Runs `act` with a TURN server that the server knows under a URL for that transport. */
function withTurn(name, transport, act) {
  test(name, { timeout: TIMEOUT }, async () => {
    const turn = await Turn.start();
    try {
      await stage((parts) => act({ ...parts, turn }), turn.settings(transport));
    } finally {
      await turn.stop();
    }
  });
}

for (const transport of ['udp', 'tcp']) {
  withTurn(`who has no path but a relay over ${transport} sees and hears, and is seen and heard`, transport, async ({ server, startBrowser }) => {
    const browser = await startBrowser();
    const ada = await browser.join(server, { name: 'Ada', room });
    const ben = await browser.join(server, { name: 'Ben', room, relay: true });
    await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);

    const relayed = (await pathsOf(ben)).map(({ local }) => [local.candidateType, local.relayProtocol]);
    assert.deepEqual(relayed, [['relay', transport], ['relay', transport]]);
    const direct = (await pathsOf(ada)).map(({ local }) => local.candidateType);
    assert.ok(direct.length === 2 && !direct.includes('relay'), `${direct}`);
    for (const caller of [ada, ben]) caller.expectNoErrors();
  });
}

withTurn('a relay is for those whose credential is good', 'udp', async ({ server, startBrowser, turn }) => {
  const browser = await startBrowser();
  const ada = await browser.open(server, { name: 'Ada', room });
  const told = await ada.page.evaluate(async () => (await fetch('/ice-servers')).json());
  assert.equal(told.data.ttlSeconds, 86_400);
  assert.deepEqual(await relaysOf(ada, told.data.iceServers), ['relay']);
  assert.deepEqual(await relaysOf(ada, [turn.iceServer(60)]), ['relay'], 'the test makes credentials as the server does');
  assert.deepEqual(await relaysOf(ada, [turn.iceServer(-60)]), [401], 'expired');
  assert.deepEqual(await relaysOf(ada, [turn.iceServer(60, 'another secret')]), [401], 'of another secret');
});

/** What a connection of its own in a page comes to: the kinds of its candidates, and the codes of its errors. */
function relaysOf(caller, iceServers) {
  return caller.page.evaluate(async (servers) => {
    const connection = new RTCPeerConnection({ iceServers: servers, iceTransportPolicy: 'relay' });
    const found = new Set();
    const gathered = new Promise((resolve) => {
      connection.onicecandidate = ({ candidate }) => (candidate?.candidate ? found.add(candidate.type) : resolve());
      connection.onicecandidateerror = ({ errorCode }) => found.add(errorCode);
    });
    connection.createDataChannel('');
    await connection.setLocalDescription();
    await gathered;
    connection.close();
    return [...found];
  }, iceServers);
}
