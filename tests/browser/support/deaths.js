/** The death of the worker under a call of two, and how long it takes them to be back in picture. */

import assert from 'node:assert/strict';
import { stolen } from './machine.js';

/**
 * Sends the signal; gives milliseconds until both see another track of each other, once all goes on as before. Time that
 * the machine did not get is not counted.
 */
export async function survive(signal, server, [ada, ben]) {
  const [victim, spared] = await server.workersOf(await ada.mediaPort());
  const [died, stolenBefore] = [Date.now(), stolen()];
  const back = Promise.all([ada.nextPictureOf(ben), ben.nextPictureOf(ada)]);
  process.kill(victim.pid, signal);
  const took = Math.max(...(await back)) - died - (stolen() - stolenBefore);
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  await server.hasAgain(2);
  const pids = (await server.stats()).workersDetail.map(({ pid }) => pid);
  assert.ok(pids.includes(spared.pid) && !pids.includes(victim.pid), `${victim.pid} was to die: ${pids}`);
  return took;
}
