/** One track of somebody else, and the consumer that receives it. */

import { parseScalabilityMode } from 'mediasoup-client';
import type { Consumer, Device, Transport } from 'mediasoup-client/types';
import type { Area } from './layout';
import { layerFor, pictureSize } from './picture-size';
import type { Layers, RemoteProducer } from './protocol';
import type { Signaling } from './signaling';
import { kindOf, sourceName, sourceOf, type Source } from './sources';
import { Viewing } from './viewing';

/** The room that a picture gets on the screen, in device pixels; null: none at all; undefined: not known yet. */
export type View = Area | null | undefined;

export class RemoteTrack {
  readonly producerId: string;
  readonly peerId: string;
  readonly source: Source;
  paused: boolean;
  consumer: Consumer | undefined;
  /** Which of its layers comes; undefined while nobody said. */
  layers: Layers | undefined;
  /** 0 to 10; undefined while nobody said. */
  score: number | undefined;
  readonly #picture: Area | undefined;
  #viewing: Viewing | undefined;
  #closed = false;

  constructor(peerId: string, { producerId, kind, paused, appData }: RemoteProducer) {
    this.producerId = producerId;
    this.peerId = peerId;
    this.source = sourceOf(kind, appData);
    this.paused = paused;
    this.#picture = pictureSize(appData);
  }

  /** Asks for a consumer; true once there is one and the track is still wanted. */
  async receive(signaling: Signaling, transport: Transport, device: Device): Promise<boolean> {
    const { id, producerId, kind, rtpParameters } = await signaling.request('consume', {
      transportId: transport.id,
      producerId: this.producerId,
      rtpCapabilities: device.recvRtpCapabilities,
    });
    const streamId = `${this.peerId}-${sourceName(this.source) === 'screen' ? 'screen' : 'person'}`;
    const consumer = await transport.consume({ id, producerId, kind, rtpParameters, streamId });
    if (this.#closed) {
      consumer.close();
      return false;
    }
    this.consumer = consumer;
    this.#viewing = new Viewing(signaling, id);
    return true;
  }

  /** Has the server send what fits the view; sound comes whoever looks. */
  show(view: View): void {
    if (kindOf(this.source) === 'audio') this.#viewing?.show(undefined);
    else if (view === null) this.#viewing?.hide();
    else this.#viewing?.show(this.#layerFor(view));
  }

  /** After coming back: says again what got lost. */
  tellAgain(): void {
    this.#viewing?.tell();
  }

  close(): void {
    this.#closed = true;
    this.consumer?.close();
  }

  #layerFor(view: Area | undefined): number | undefined {
    const { spatialLayers } = parseScalabilityMode(this.consumer?.rtpParameters.encodings?.[0]?.scalabilityMode);
    if (!view || spatialLayers < 2) return undefined;
    // Of a shared screen every letter counts.
    return this.source === 'screen' ? spatialLayers - 1 : layerFor(view, this.#picture, spatialLayers);
  }
}
