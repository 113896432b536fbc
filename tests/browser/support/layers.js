/** What a page sends of its picture, and what another gets of it. */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from './wait.js';

/** Milliseconds. Encoders begin small, and take their time until they send all they are asked for. */
const DEADLINE = 60_000;

/** Milliseconds over which it is measured what is sent. */
const MEASURED = 1_500;

/** What the page sends of a source: `{ codec, layers: [{ layer, active, bytesSent, scalabilityMode, … }] }`. */
export async function sentOf(caller, source = 'camera') {
  const stats = await caller.stats();
  return stats?.sent.find((entry) => entry.source === source);
}

/** The layers of the page's picture of which bytes are sent, over a second and a half. */
export async function layersSent(caller, source = 'camera') {
  const before = await sentOf(caller, source);
  await delay(MEASURED);
  const after = await sentOf(caller, source);
  const grown = after?.layers.filter(({ layer, bytesSent }) => bytesSent > (before?.layers[layer]?.bytesSent ?? 0));
  return (grown ?? []).map(({ layer }) => layer);
}

/** Waits until exactly these layers are sent. */
export async function sendsLayers(caller, ...wanted) {
  await waitFor(`${caller.name} to send the layers ${wanted}`, DEADLINE, async () => {
    const layers = await layersSent(caller);
    return String(layers) === String(wanted) || `the layers sent are: ${layers}`;
  });
}

/** Waits until not a byte is sent of any source. */
export async function sendsNothing(caller) {
  await waitFor(`${caller.name} to send nothing`, DEADLINE, async () => {
    const total = async () => {
      const { sent } = await caller.stats();
      assert.ok(sent.length > 0, 'there is something that could be sent');
      return sent.flatMap(({ layers }) => layers).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    };
    const before = await total();
    await delay(MEASURED);
    const sent = (await total()) - before;
    return sent === 0 || `${sent} bytes in ${MEASURED} ms`;
  });
}

/** Waits until that spatial layer comes of the other's picture. */
export async function receivesLayer(caller, other, layer) {
  await waitFor(`${caller.name} to receive layer ${layer} of ${other.name}`, DEADLINE, async () => {
    const { received } = await caller.stats();
    const picture = received.find(({ name, source }) => name === other.name && source === 'camera');
    return picture?.layers?.spatialLayer === layer || `it is ${JSON.stringify(picture?.layers)} (${picture?.frameWidth} pixels wide)`;
  });
}
