/** Calls over bad networks: little bandwidth, and lost packets. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { statsOf } from './support/connections.js';
import { missingForNetworks, Network } from './support/network.js';
import { longestFreeze, now, picturesSince, watchPicture } from './support/picture.js';
import { stage } from './support/scenario.js';

const room = 'a-test-call';

/** Milliseconds. */
const TIMEOUT = 240_000;
const WATCHED = 10_000;

/** Ada is beside the server, Ben at the other end of the link. */
function overALink(name, act) {
  test(name, { timeout: TIMEOUT, skip: missingForNetworks() ?? false }, async () => {
    const network = await Network.make();
    try {
      await stage(async ({ server, startBrowser }) => {
        const ada = await (await startBrowser()).join(server, { name: 'Ada', room });
        const ben = await (await startBrowser(network.far)).join(server, { name: 'Ben', room });
        await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
        await act({ ada, ben, network });
        for (const caller of [ada, ben]) caller.expectNoErrors();
      }, {}, network.near);
    } finally {
      await network.remove();
    }
  });
}

/** How much of the sound was made up for want of packets, from 0 to 1, between two looks at it. */
async function madeUp(caller, act) {
  const look = async () => (await statsOf(caller, 'inbound-rtp')).find(({ kind }) => kind === 'audio');
  const before = await look();
  await act();
  const after = await look();
  const received = after.totalSamplesReceived - before.totalSamplesReceived;
  return { received, share: (after.concealedSamples - before.concealedSamples) / received };
}

for (const percent of [2, 10]) {
  overALink(`with ${percent} % of all packets lost pictures still move and sound still comes`, async ({ ada, ben, network }) => {
    await watchPicture(ada, ben);
    await watchPicture(ben, ada);
    await network.lose(percent);
    const found = [ada, ben].map(async (caller) => {
      const from = await now(caller);
      const sound = await madeUp(caller, () => delay(WATCHED));
      const pictures = await picturesSince(caller, from);
      return { sound, pictures: pictures.length, freeze: longestFreeze(pictures, from, await now(caller)) };
    });
    const results = await Promise.all(found);
    const lost = await network.lost();
    console.log(JSON.stringify({ percent, lost, results }));
    for (const share of lost) assert.ok(share > percent / 200 && share < percent / 50, `${share} lost`);
    for (const { sound, pictures } of results) {
      // Five a second of fifteen: that is moving.
      assert.ok(pictures > (5 * WATCHED) / 1000, `${pictures} pictures`);
      assert.ok(sound.received > 0 && sound.share < 0.25, `${sound.share} of the sound was made up`);
    }
    await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  });
}
