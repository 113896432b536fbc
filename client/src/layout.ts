/** How many columns of tiles, and how large, fill an area best. */

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
