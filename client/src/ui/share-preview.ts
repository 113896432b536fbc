/** What one shares oneself: a small picture, and the way to end it. */

import type { LocalScreen } from '../screen';
import { element } from './dom';

export class SharePreview {
  readonly root: HTMLElement;
  readonly #screen: LocalScreen;
  readonly #video: HTMLVideoElement;
  #shown: MediaStreamTrack | undefined;

  constructor(screen: LocalScreen) {
    this.#screen = screen;
    this.#video = element('video', { playsinline: true, autoplay: true, 'aria-hidden': 'true', tabindex: '-1' });
    this.#video.muted = true;
    const stop = element('button', { type: 'button', class: 'secondary' }, 'Stop sharing');
    stop.addEventListener('click', () => screen.stop());
    this.root = element(
      'section',
      { class: 'share-preview', 'aria-label': 'Your screen', hidden: true },
      this.#video,
      element('p', {}, 'You share your screen'),
      stop,
    );
  }

  update(): void {
    const { picture } = this.#screen;
    if (this.#shown === picture) return;
    this.#shown = picture;
    this.#video.srcObject = picture ? new MediaStream([picture]) : null;
    this.root.hidden = !picture;
  }

  close(): void {
    this.#video.srcObject = null;
  }
}
