/** Sends no more of a track than somebody watches. The others are told nothing of it: it is not muted. */

import { parseScalabilityMode } from 'mediasoup-client';
import type { Producer } from 'mediasoup-client/types';
import { scalableUpTo } from './encodings';

/** Below every layer: all encodings of a simulcast are inactive. */
const NO_LAYER = -1;

/** `highest` is the highest spatial layer that anybody receives; null: nobody receives any of it. */
export async function sendUpTo(producer: Producer, highest: number | null): Promise<void> {
  const encodings = producer.rtpParameters.encodings ?? [];
  if (encodings.length > 1) return producer.setMaxSpatialLayer(highest ?? NO_LAYER);
  const { spatialLayers } = parseScalabilityMode(encodings[0]?.scalabilityMode);
  const fewer = spatialLayers > 1 && highest !== null ? scalableUpTo(highest, spatialLayers) : {};
  return producer.setRtpEncodingParameters({ ...fewer, active: highest !== null });
}
