import { describe, expect, it } from 'vitest';
import { chooseCodec, encodingsOf, layersOf, scalableUpTo } from '../src/encodings';

describe('encodings', () => {
  it('of a camera are three, each twice as wide as the one before', () => {
    const encodings = encodingsOf('camera', 'video/VP8', 3);
    expect(encodings?.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual([4, 2, 1]);
    expect(encodings?.map(({ maxBitrate }) => maxBitrate)).toEqual([150_000, 500_000, 2_000_000]);
  });

  it('are one with layers in it where the codec has them', () => {
    expect(encodingsOf('camera', 'video/VP9', 3)).toMatchObject([{ scalabilityMode: 'L3T3_KEY', scaleResolutionDownBy: 1 }]);
    expect(encodingsOf('camera', 'video/AV1', 3)).toEqual([{ scalabilityMode: 'L1T3', maxBitrate: 2_000_000 }]);
    expect(encodingsOf('camera', 'video/H264', 3)).toHaveLength(3);
  });

  it('of a single layer take what they need', () => {
    for (const codec of [undefined, 'video/VP9']) {
      expect(encodingsOf('camera', codec, 1)).toEqual([{ maxBitrate: 2_000_000 }]);
    }
  });

  it('of a screen have more bits for one picture, and sound has none', () => {
    expect(encodingsOf('screen', 'video/VP8', 3)).toEqual([{ maxBitrate: 2_500_000 }]);
    expect(encodingsOf('microphone', undefined, 3)).toBeUndefined();
  });
});

describe('layersOf', () => {
  it.each([
    [1920, 1080, 3],
    [1280, 720, 3],
    [720, 1280, 3],
    [640, 480, 2],
    [640, 360, 2],
    [320, 240, 1],
    [undefined, undefined, 3],
  ])('%s×%s is sent in %i', (width, height, layers) => expect(layersOf({ width, height })).toBe(layers));
});

describe('a stream of scalable layers', () => {
  it('becomes smaller and cheaper when its upper layers are not watched', () => {
    expect(scalableUpTo(0, 3)).toEqual({ maxBitrate: 150_000, scaleResolutionDownBy: 4, scalabilityMode: 'L1T3' });
    expect(scalableUpTo(1, 3)).toEqual({ maxBitrate: 500_000, scaleResolutionDownBy: 2, scalabilityMode: 'L2T3_KEY' });
  });

  it('has no more layers than there are', () => expect(scalableUpTo(7, 2)).toEqual(scalableUpTo(1, 2)));
});

describe('chooseCodec', () => {
  const codec = (mimeType: string) => ({ kind: 'video' as const, mimeType, clockRate: 90_000, preferredPayloadType: 96 });
  const codecs = [codec('audio/opus'), codec('video/rtx'), codec('video/VP8'), codec('video/H264')];

  it('finds the wanted one whatever its case', () => expect(chooseCodec(codecs, 'h264')).toBe(codecs[3]));

  it('falls back to the preferred one', () => {
    expect(chooseCodec(codecs, 'av1')).toBe(codecs[2]);
    expect(chooseCodec(codecs, undefined)).toBe(codecs[2]);
    expect(chooseCodec([], undefined)).toBeUndefined();
  });
});
