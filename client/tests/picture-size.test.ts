import { describe, expect, it } from 'vitest';
import { layerFor, pictureSize } from '../src/picture-size';

const CAMERA = { width: 1280, height: 720 };

describe('layerFor', () => {
  it.each([
    [{ width: 160, height: 90 }, 0],
    [{ width: 400, height: 225 }, 0],
    [{ width: 420, height: 236 }, 1],
    [{ width: 640, height: 360 }, 1],
    [{ width: 1280, height: 720 }, 2],
    [{ width: 3840, height: 2160 }, 2],
  ])('for a tile of %j is layer %i', (tile, layer) => expect(layerFor(tile, CAMERA, 3)).toBe(layer));

  it('goes by the side that has to be filled', () => {
    expect(layerFor({ width: 200, height: 700 }, CAMERA, 3)).toBe(2);
  });

  it('needs a higher layer of a smaller picture', () => {
    const tile = { width: 400, height: 225 };
    expect(layerFor(tile, { width: 640, height: 360 }, 3)).toBe(1);
    expect(layerFor(tile, undefined, 3)).toBe(layerFor(tile, CAMERA, 3));
  });

  it('is the only one there is', () => expect(layerFor({ width: 1, height: 1 }, CAMERA, 1)).toBe(0));
});

describe('pictureSize', () => {
  it('takes what is a size', () => expect(pictureSize({ source: 'camera', ...CAMERA })).toEqual(CAMERA));

  it.each([undefined, {}, { width: 640 }, { width: '640', height: 480 }, { width: 0, height: 0 }, { width: 1, height: NaN }])(
    'believes nothing else: %j',
    (appData) => expect(pictureSize(appData)).toBeUndefined(),
  );
});
