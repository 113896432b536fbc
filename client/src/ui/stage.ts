/** The grid of tiles, sized so that they fill the space there is. */

import { bestFit } from '../layout';
import { element } from './dom';
import { Tile, type TileState } from './tile';

export interface StageTile extends TileState {
  id: string;
  own: boolean;
}

export class Stage {
  readonly root: HTMLElement;
  readonly #grid: HTMLElement;
  readonly #tiles = new Map<string, Tile>();
  readonly #observer: ResizeObserver;
  readonly #onBlocked: () => void;
  /** Stands beside a lone tile, and takes a tile's place in the grid. */
  readonly #invitation: HTMLElement;

  constructor(invitation: HTMLElement, onBlocked: () => void) {
    this.#onBlocked = onBlocked;
    this.#invitation = element('li', { class: 'invitation' }, invitation);
    this.#grid = element('ul', { class: 'grid', 'aria-label': 'People in this call' });
    this.root = element('main', { class: 'stage' }, this.#grid);
    this.#observer = new ResizeObserver(() => this.#arrange());
    this.#observer.observe(this.root);
  }

  update(states: StageTile[]): void {
    const gone = new Set(this.#tiles.keys());
    for (const state of states) {
      gone.delete(state.id);
      this.#tile(state).update(state);
    }
    for (const id of gone) {
      this.#tiles.get(id)?.remove();
      this.#tiles.delete(id);
    }
    if (this.#tiles.size > 1) this.#invitation.remove();
    else if (!this.#invitation.isConnected) this.#grid.append(this.#invitation);
    this.#arrange();
  }

  playAll(): void {
    for (const tile of this.#tiles.values()) tile.play();
  }

  close(): void {
    this.#observer.disconnect();
    for (const tile of this.#tiles.values()) tile.remove();
  }

  #tile({ id, own }: StageTile): Tile {
    let tile = this.#tiles.get(id);
    if (!tile) {
      tile = new Tile(own, this.#onBlocked);
      this.#tiles.set(id, tile);
      this.#grid.append(tile.root);
    }
    return tile;
  }

  #arrange(): void {
    const style = getComputedStyle(this.#grid);
    const area = { width: this.#grid.clientWidth, height: this.#grid.clientHeight };
    const { tileWidth, tileHeight } = bestFit(this.#grid.childElementCount, area, parseFloat(style.columnGap) || 0);
    this.#grid.style.setProperty('--tile-width', `${tileWidth}px`);
    this.#grid.style.setProperty('--tile-height', `${tileHeight}px`);
  }
}
