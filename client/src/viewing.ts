/** Tells the server how much of a track is looked at, so that it sends no more. */

import { DISCONNECTED, ServerError } from './errors';
import type { Signaling } from './signaling';

export class Viewing {
  readonly #signaling: Signaling;
  readonly #consumerId: string;
  /** What the server knows; consumers are made paused, so that no key frame is lost before the browser can decode it. */
  #told: { running: boolean; layer: number | undefined } = { running: false, layer: undefined };
  #running = false;
  #layer: number | undefined;

  constructor(signaling: Signaling, consumerId: string) {
    this.#signaling = signaling;
    this.#consumerId = consumerId;
  }

  /** From now on the track is received, in the layer given or else in the best. */
  show(layer: number | undefined): void {
    this.#running = true;
    this.#layer = layer;
    this.tell();
  }

  /** Nobody looks at it for now. */
  hide(): void {
    this.#running = false;
    this.tell();
  }

  /** Says what the server does not know yet; to be called after coming back, too. */
  tell(): void {
    const consumerId = this.#consumerId;
    const told = this.#told;
    // The layer first, lest the server begin with another one.
    if (this.#running && this.#layer !== undefined && told.layer !== this.#layer) {
      told.layer = this.#layer;
      this.#signaling
        .request('setConsumerPreferredLayers', { consumerId, spatialLayer: this.#layer })
        .catch((error: unknown) => this.#failed(error, () => (told.layer = undefined)));
    }
    if (told.running !== this.#running) {
      const running = this.#running;
      told.running = running;
      this.#signaling
        .request(running ? 'resumeConsumer' : 'pauseConsumer', { consumerId })
        .catch((error: unknown) => this.#failed(error, () => (told.running = !running)));
    }
  }

  #failed(error: unknown, forget: () => void): void {
    forget();
    // A lost connection is dealt with where it is noticed. The layer is only a wish.
    if (!(error instanceof ServerError && error.code === DISCONNECTED)) console.warn('Cannot say what is looked at', error);
  }
}
