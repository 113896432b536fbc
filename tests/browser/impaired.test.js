/** Calls over bad networks: little bandwidth, and lost packets. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { statsOf } from './support/connections.js';
import { missingForNetworks, Network, ONE_BY_ONE } from './support/network.js';
import { longestFreeze, now, picturesSince, watchPicture } from './support/picture.js';
import { stage } from './support/scenario.js';
import { waitFor } from './support/wait.js';

const room = 'a-test-call';

/** Milliseconds. */
const TIMEOUT = 240_000;
const WATCHED = 10_000;

/** Ada is beside the server, Ben at the other end of the link. */
function overALink(name, act, options = {}) {
  test(name, { timeout: TIMEOUT, skip: missingForNetworks() ?? false }, async () => {
    const network = await Network.make();
    try {
      await stage(async ({ server, startBrowser }) => {
        const ada = await (await startBrowser()).join(server, { name: 'Ada', room, ...options.ada });
        const ben = await (await startBrowser(network.far)).join(server, { name: 'Ben', room, ...options.ben });
        await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
        await act({ ada, ben, network });
        for (const caller of [ada, ben]) caller.expectNoErrors();
      }, ONE_BY_ONE, network.near);
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

/** Layers of a camera's picture, and their width. */
const SMALL = { layer: 0, width: 320 };
const LARGE = { layer: 2, width: 1280 };

/** Milliseconds. */
const SETTLED = 60_000;
const SWITCHED = 30_000;
const LARGE_AGAIN = 15_000;
const FREEZE = 1_000;

/** Waits for a layer to be received, and for its pictures to be shown: gives when the first was. */
async function receives(caller, other, { layer, width }, since, deadline) {
  return waitFor(`${other.name}'s layer ${layer} at ${caller.name}'s`, deadline, async () => {
    const { received } = await caller.stats();
    const { layers } = received.find(({ name, kind }) => name === other.name && kind === 'video');
    const pictures = await picturesSince(caller, since);
    const first = pictures.find((picture) => picture.width === width);
    const last = pictures.at(-1)?.width;
    if (layers?.spatialLayer === layer && last === width) return first.at;
    return `layer ${layers?.spatialLayer}, ${last} pixels`;
  });
}

overALink('with little bandwidth the small layer comes, and the large one when there is more again', async ({ ada, ben, network }) => {
  await watchPicture(ben, ada);
  await receives(ben, ada, LARGE, 0, SETTLED);
  const settled = await now(ben);
  await delay(WATCHED / 2);

  const limited = await now(ben);
  await network.limit(400_000);
  const small = await receives(ben, ada, SMALL, limited, SWITCHED);
  await delay(WATCHED);

  const unlimited = await now(ben);
  await network.unlimit();
  const large = await receives(ben, ada, LARGE, unlimited, LARGE_AGAIN);
  await delay(WATCHED / 2);

  const end = await now(ben);
  const pictures = await picturesSince(ben, settled);
  const freezes = {
    before: longestFreeze(pictures, settled, limited),
    untilSmall: longestFreeze(pictures, limited, small),
    small: longestFreeze(pictures, small, unlimited),
    thenLarge: longestFreeze(pictures, unlimited, end),
  };
  console.log(JSON.stringify({ smallAfter: small - limited, largeAfter: large - unlimited, freezes }));
  // A machine with too much to do is no fault of the link.
  const allowed = Math.max(FREEZE, 2 * freezes.before);
  assert.ok(freezes.small < allowed && freezes.thenLarge < allowed, JSON.stringify(freezes));
  assert.ok(large - unlimited < LARGE_AGAIN);
}, { ada: { video: '1280x720@15' }, ben: { viewport: { width: 1600, height: 1000 } } });
