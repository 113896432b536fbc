import { describe, expect, it } from 'vitest';
import { bestFit, split } from '../src/layout';

const DESKTOP = { width: 1248, height: 656 };
const PHONE = { width: 374, height: 706 };
const GAP = 12;

describe('bestFit', () => {
  it('fills a wide area with one tile no wider than 16:9', () => {
    expect(bestFit(1, DESKTOP, GAP)).toEqual({ columns: 1, tileWidth: 1166, tileHeight: 656 });
  });

  it('puts two people side by side on a desktop and one above the other on a phone', () => {
    expect(bestFit(2, DESKTOP, GAP).columns).toBe(2);
    expect(bestFit(2, PHONE, GAP).columns).toBe(1);
  });

  it('makes a square of four on both', () => {
    expect(bestFit(4, DESKTOP, GAP).columns).toBe(2);
    expect(bestFit(4, PHONE, GAP).columns).toBe(2);
  });

  it('keeps every tile inside the area, for any number of people', () => {
    for (const area of [DESKTOP, PHONE, { width: 844, height: 280 }]) {
      for (let count = 1; count <= 50; count++) {
        const { columns, tileWidth, tileHeight } = bestFit(count, area, GAP);
        const rows = Math.ceil(count / columns);
        expect(tileWidth).toBeGreaterThan(0);
        expect(columns * tileWidth + (columns - 1) * GAP).toBeLessThanOrEqual(area.width);
        expect(rows * tileHeight + (rows - 1) * GAP).toBeLessThanOrEqual(area.height);
      }
    }
  });

  it('gives nobody less room when somebody leaves', () => {
    const surface = (count: number) => {
      const { tileWidth, tileHeight } = bestFit(count, DESKTOP, GAP);
      return tileWidth * tileHeight;
    };
    for (let count = 2; count <= 50; count++) expect(surface(count - 1)).toBeGreaterThanOrEqual(surface(count));
  });

  it('gives tiles of no size while the area has none', () => {
    expect(bestFit(3, { width: 0, height: 0 }, GAP)).toMatchObject({ tileWidth: 0, tileHeight: 0 });
  });
});

describe('split', () => {
  it('puts the strip beside what is large on wide screens, and below on upright ones', () => {
    expect(split(DESKTOP, GAP).side).toBe('right');
    expect(split(PHONE, GAP).side).toBe('below');
  });

  it('leaves most of the room to what is large, and uses all of it', () => {
    for (const area of [DESKTOP, PHONE, { width: 844, height: 280 }]) {
      const { side, large, small } = split(area, GAP);
      expect((large.width * large.height) / (area.width * area.height)).toBeGreaterThan(0.65);
      if (side === 'right') expect([large.width + GAP + small.width, large.height]).toEqual([area.width, area.height]);
      else expect([large.width, large.height + GAP + small.height]).toEqual([area.width, area.height]);
    }
  });

  it('gives nothing a negative size', () => {
    const { large } = split({ width: 0, height: 0 }, GAP);
    expect(Math.min(large.width, large.height)).toBe(0);
  });
});
