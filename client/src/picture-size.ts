/** Which layer of a picture is worth receiving for the room that it gets on the screen. */

import type { Area } from './layout';

/** How much larger than it is a layer may be shown before the next one is worth its bytes. */
const TOLERANCE = 1.25;

/** What a camera gives if nobody says. */
const USUAL: Area = { width: 1280, height: 720 };

/**
 * The smallest of `layers` layers (each twice as wide as the one before, the last as large as `picture`) that fills a
 * tile; both in device pixels.
 */
export function layerFor(tile: Area, picture: Area | undefined, layers: number): number {
  const whole = picture ?? USUAL;
  // Tiles are filled: what is too wide or too high for them is cropped.
  const scale = Math.max(tile.width / whole.width, tile.height / whole.height);
  for (let layer = 0; layer < layers - 1; layer++) {
    if (TOLERANCE * 2 ** (layer - layers + 1) >= scale) return layer;
  }
  return layers - 1;
}

/** What somebody says of the size of their picture; undefined if that is nothing sensible. */
export function pictureSize(appData: Record<string, unknown> | undefined): Area | undefined {
  const { width, height } = appData ?? {};
  const isLength = (value: unknown): value is number => typeof value === 'number' && value > 0 && value < 65_536;
  return isLength(width) && isLength(height) ? { width, height } : undefined;
}
