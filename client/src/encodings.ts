/** How each source is coded: layers, bitrates, and what is left of them when fewer are watched. */

import type { RtpCodecCapability, RtpEncodingParameters } from 'mediasoup-client/types';
import type { Area } from './layout';
import type { VideoCodec } from './options';
import type { Source } from './sources';

/** Bits a second for a picture of 180, 360 and 720 lines. */
const LAYER_BITRATES = [150_000, 500_000, 2_000_000];
const SCREEN_BITRATE = 2_500_000;

/** Pixels from which Chromium sends two and three layers: of smaller pictures it would leave out the largest. */
const TWO_LAYERS = 480 * 270;
const THREE_LAYERS = 960 * 540;

/** The codec whose layers are in one stream, of which the server forwards as much as is wanted. */
const SCALABLE = 'video/vp9';
/**
 * Servers take no simulcast of AV1, and browsers decode several sizes in one stream of it only with a header extension
 * that servers don't pass on. Frame rates in layers are all that is left.
 */
const ONE_SIZE = 'video/av1';

/** The encodings of a source, its smallest layer first; undefined for audio. */
export function encodingsOf(source: Source, mimeType: string | undefined, layers: number): RtpEncodingParameters[] | undefined {
  if (source === 'screen') return [{ maxBitrate: SCREEN_BITRATE }];
  if (source !== 'camera') return undefined;
  const codec = mimeType?.toLowerCase();
  // One layer alone is that of 720 lines: nobody can have less of it.
  const whole = { maxBitrate: LAYER_BITRATES.at(-1) };
  if (layers === 1) return [whole];
  if (codec === ONE_SIZE) return [{ ...whole, scalabilityMode: 'L1T3' }];
  const top = layers - 1;
  if (codec === SCALABLE) return [scalableUpTo(top, layers)];
  return LAYER_BITRATES.slice(0, layers).map((maxBitrate, layer) => ({ maxBitrate, scaleResolutionDownBy: 2 ** (top - layer) }));
}

/** What a stream of scalable layers becomes when those above `layer` are not sent: a smaller picture with fewer layers. */
export function scalableUpTo(layer: number, layers: number): RtpEncodingParameters {
  const highest = Math.min(layer, layers - 1);
  return {
    maxBitrate: LAYER_BITRATES[highest],
    scaleResolutionDownBy: 2 ** (layers - 1 - highest),
    scalabilityMode: highest === 0 ? 'L1T3' : `L${highest + 1}T3_KEY`,
  };
}

/** In how many layers a picture is worth sending; of one whose size is not known, in all. */
export function layersOf({ width, height }: Partial<Area>): number {
  if (!width || !height) return LAYER_BITRATES.length;
  if (width * height < TWO_LAYERS) return 1;
  return width * height < THREE_LAYERS ? 2 : 3;
}

/** The codec of that name, or else the preferred one, of those that both browser and router have. */
export function chooseCodec(codecs: readonly RtpCodecCapability[], name: VideoCodec | undefined): RtpCodecCapability | undefined {
  const video = codecs.filter(({ mimeType }) => /^video\/(?!rtx$)/i.test(mimeType));
  return video.find(({ mimeType }) => mimeType.toLowerCase() === `video/${name}`) ?? video[0];
}
