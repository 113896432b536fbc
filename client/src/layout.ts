/** How tiles fill an area best: all alike in a grid, or some large with the others in a strip along them. */

/** Lengths in CSS pixels. */
export interface Area {
  width: number;
  height: number;
}

export interface Grid {
  columns: number;
  tileWidth: number;
  tileHeight: number;
}

/** Shapes (width / height) down and up to which a camera's picture may be cropped without losing the face in it. */
const NARROWEST_ON_WIDE_SCREENS = 6 / 5;
const NARROWEST_ON_UPRIGHT_SCREENS = 9 / 16; // where most pictures come from upright phones too
const WIDEST = 16 / 9;

/** The grid that gives `count` tiles the most surface within `area`, `gap` pixels apart. */
export function bestFit(count: number, area: Area, gap: number): Grid {
  const narrowest = area.width < area.height ? NARROWEST_ON_UPRIGHT_SCREENS : NARROWEST_ON_WIDE_SCREENS;
  let best: Grid = { columns: 1, tileWidth: 0, tileHeight: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cellWidth = (area.width - gap * (columns - 1)) / columns;
    const cellHeight = (area.height - gap * (rows - 1)) / rows;
    if (cellWidth <= 0 || cellHeight <= 0) continue;
    const tileWidth = Math.floor(Math.min(cellWidth, cellHeight * WIDEST));
    const tileHeight = Math.floor(Math.min(cellHeight, cellWidth / narrowest));
    if (tileWidth * tileHeight > best.tileWidth * best.tileHeight) best = { columns, tileWidth, tileHeight };
  }
  return best;
}

/** Where the strip of small tiles goes: to the right of the large ones, or below. */
export interface Split {
  side: 'right' | 'below';
  large: Area;
  /** One small tile. */
  small: Area;
}

/** Shape (width / height) from which there is more room beside a picture than below it. */
const WIDE = 1.2;

/** Divides an area between large tiles and a strip of small ones, which scrolls if there are many. */
export function split(area: Area, gap: number): Split {
  const { width, height } = area;
  if (width > height * WIDE) {
    const smallWidth = within(Math.round(width * 0.18), 110, 240);
    const large = { width: Math.max(0, width - smallWidth - gap), height };
    return { side: 'right', large, small: { width: smallWidth, height: Math.round(smallWidth / WIDEST) } };
  }
  const smallHeight = within(Math.round(height * 0.18), 72, 150);
  const large = { width, height: Math.max(0, height - smallHeight - gap) };
  return { side: 'below', large, small: { width: Math.round((smallHeight * 4) / 3), height: smallHeight } };
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
