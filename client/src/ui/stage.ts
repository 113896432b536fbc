/** Everybody's tiles, sized so that they fill the space there is: a grid, or something large with the others in a strip. */

import { bestFit, split, type Area, type Grid } from '../layout';
import { element } from './dom';
import { Tile, type TileState } from './tile';
import { ViewWatcher } from './view-watcher';

export interface StageTile extends TileState {
  id: string;
  own: boolean;
}

export interface StageHandlers {
  /** The browser wants a click before it plays sound. */
  onBlocked(): void;
  /** How large a tile of somebody else is on the screen, in device pixels; null: out of sight. */
  onView(id: string, view: Area | null): void;
  /** The button for what may be done to the person of that tile was pressed. */
  onActions(id: string, opener: HTMLElement): void;
}

export class Stage {
  readonly root: HTMLElement;
  readonly #grid: HTMLElement;
  readonly #large: HTMLElement;
  readonly #tiles = new Map<string, Tile>();
  readonly #observer: ResizeObserver;
  readonly #watcher = new ViewWatcher();
  readonly #handlers: StageHandlers;
  /** Stands beside a lone tile, and takes a tile's place in the grid. */
  readonly #invitation: HTMLElement;
  #states: readonly StageTile[] = [];
  /** The tile that the person wants large. */
  #chosen: string | undefined;

  constructor(invitation: HTMLElement, handlers: StageHandlers) {
    this.#handlers = handlers;
    this.#invitation = element('li', { class: 'invitation' }, invitation);
    this.#grid = element('ul', { class: 'grid', 'aria-label': 'People in this call' });
    this.#large = element('ul', { class: 'grid large', 'aria-label': 'Shown large' });
    this.root = element('main', { class: 'stage' }, this.#large, this.#grid);
    this.#observer = new ResizeObserver(() => this.#arrange());
    this.#observer.observe(this.root);
  }

  update(states: readonly StageTile[]): void {
    this.#states = states;
    const gone = new Set(this.#tiles.keys());
    for (const state of states) {
      gone.delete(state.id);
      this.#tile(state).update(state);
    }
    for (const id of gone) this.#remove(id);
    this.#arrange();
  }

  /** Shows figures over tiles, by their ids; undefined: over none. */
  showFigures(figures: ReadonlyMap<string, readonly string[]> | undefined): void {
    for (const [id, tile] of this.#tiles) tile.figures = figures?.get(id);
  }

  playAll(): void {
    for (const tile of this.#tiles.values()) tile.play();
  }

  close(): void {
    this.#observer.disconnect();
    this.#watcher.close();
    for (const tile of this.#tiles.values()) tile.remove();
  }

  #tile({ id, own, kind }: StageTile): Tile {
    const known = this.#tiles.get(id);
    if (known) return known;
    const tile = new Tile(kind, own, {
      onBlocked: this.#handlers.onBlocked,
      onEnlarge: () => this.#choose(id),
      onActions: (opener) => this.#handlers.onActions(id, opener),
    });
    this.#tiles.set(id, tile);
    if (!own) this.#watcher.watch(tile.root, (view) => this.#handlers.onView(id, view));
    return tile;
  }

  #remove(id: string): void {
    const tile = this.#tiles.get(id);
    if (!tile) return;
    this.#watcher.unwatch(tile.root);
    tile.remove();
    this.#tiles.delete(id);
    if (this.#chosen === id) this.#chosen = undefined;
  }

  #choose(id: string): void {
    const before = this.#chosen && this.#tiles.get(this.#chosen);
    if (before) before.enlarged = false;
    this.#chosen = this.#chosen === id ? undefined : id;
    const tile = this.#tiles.get(id);
    if (tile) tile.enlarged = this.#chosen === id;
    this.#arrange();
    tile?.focus(); // it was lost if the tile went to another place
  }

  /** What is to be large: what the person chose, or else every shared screen. */
  #isLarge({ id, kind }: StageTile): boolean {
    return this.#chosen ? id === this.#chosen : kind === 'screen';
  }

  #arrange(): void {
    const large = this.#states.filter((state) => this.#isLarge(state));
    const small = this.#states.filter((state) => !this.#isLarge(state));
    this.#place(this.#large, large);
    this.#place(this.#grid, small);
    const isAlone = this.#tiles.size === 1;
    if (!isAlone) this.#invitation.remove();
    else if (!this.#invitation.isConnected) this.#grid.append(this.#invitation);
    this.root.classList.toggle('alone', isAlone);

    const [area, gap] = this.#area();
    const side = large.length > 0 && this.#grid.childElementCount > 0 ? split(area, gap) : undefined;
    this.root.dataset['strip'] = side?.side ?? 'none';
    this.#large.hidden = large.length === 0;
    this.#grid.hidden = this.#grid.childElementCount === 0;
    setTileSize(this.#large, bestFit(large.length, side?.large ?? area, gap));
    if (side) setTileSize(this.#grid, { tileWidth: side.small.width, tileHeight: side.small.height });
    else setTileSize(this.#grid, bestFit(this.#grid.childElementCount, area, gap));
  }

  /** Puts tiles into a list in their order, without touching those that are in place: moving a picture may stop it. */
  #place(list: HTMLElement, states: readonly StageTile[]): void {
    states.forEach(({ id }, index) => {
      const tile = this.#tiles.get(id);
      if (!tile || list.children[index] === tile.root) return;
      list.insertBefore(tile.root, list.children[index] ?? null);
      tile.play();
    });
  }

  /** The room there is within the paddings, and the gap between tiles. */
  #area(): [Area, number] {
    const style = getComputedStyle(this.root);
    const pixels = (text: string) => parseFloat(text) || 0;
    const width = this.root.clientWidth - pixels(style.paddingLeft) - pixels(style.paddingRight);
    const height = this.root.clientHeight - pixels(style.paddingTop) - pixels(style.paddingBottom);
    return [{ width, height }, pixels(style.columnGap)];
  }
}

function setTileSize(list: HTMLElement, { tileWidth, tileHeight }: Pick<Grid, 'tileWidth' | 'tileHeight'>): void {
  list.style.setProperty('--tile-width', `${tileWidth}px`);
  list.style.setProperty('--tile-height', `${tileHeight}px`);
}
