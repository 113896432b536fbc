/** What this page sends: one producer for each source, as much of it as somebody watches. */

import type { Device, Producer, ProducerOptions, Transport } from 'mediasoup-client/types';
import { chooseCodec, encodingsOf, layersOf } from './encodings';
import { ServerError } from './errors';
import type { PageOptions } from './options';
import { compareOwn, type OwnProducer } from './reconcile';
import type { Signaling } from './signaling';
import { kindOf, sourceName, type Source } from './sources';
import { sendUpTo } from './wanted';

/** Kilobits a second with which a picture begins, until it is known what the network carries. */
const START_BITRATE = 600;

export type Coding = Pick<PageOptions, 'codec' | 'layered'>;

export class Publisher {
  readonly #signaling: Signaling;
  readonly #coding: Coding;
  readonly #producers = new Map<Source, Producer>();
  /** The highest layer that is watched, by producer; what is not listed is wanted whole. */
  readonly #wanted = new Map<string, number | null>();
  readonly #unsubscribe: (() => void)[];
  #transport: Transport | undefined;
  #device: Device | undefined;

  constructor(signaling: Signaling, coding: Coding) {
    this.#signaling = signaling;
    this.#coding = coding;
    this.#unsubscribe = [
      signaling.on('producerLayersWanted', ({ producerId, spatialLayer }) => {
        if (this.#wanted.get(producerId) === spatialLayer) return;
        this.#wanted.set(producerId, spatialLayer);
        this.#obey(producerId);
      }),
      signaling.on('producerClosed', ({ producerId }) => this.#closed(producerId)),
    ];
  }

  get sent(): { source: Source; producer: Producer }[] {
    return [...this.#producers].map(([source, producer]) => ({ source, producer }));
  }

  sourceOf(producerId: string): Source | undefined {
    return this.sent.find(({ producer }) => producer.id === producerId)?.source;
  }

  /** From now on sends through `transport`, if there is one. */
  start(transport: Transport | undefined, device: Device): void {
    this.#transport = transport;
    this.#device = device;
  }

  /** The server has none of this any more. */
  forget(): void {
    this.#transport = undefined;
    this.#producers.clear();
    this.#wanted.clear();
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.forget();
  }

  /** Makes what is sent agree with the track there is: none ends the producer, another one replaces it. */
  async publish(source: Source, track: MediaStreamTrack | undefined, paused: boolean): Promise<void> {
    const producer = this.#producers.get(source);
    if (producer && producer.track === track) return this.#setPaused(producer, paused);
    if (producer) {
      this.#producers.delete(source);
      producer.close();
      await this.#signaling.request('closeProducer', { producerId: producer.id }).catch(toBeGoneAlready);
    }
    const transport = this.#transport;
    if (!track || !transport || transport.closed) return;
    const made = await transport.produce(this.#options(source, track, paused));
    if (transport !== this.#transport) return;
    this.#producers.set(source, made);
    // Word of what is watched may have come before the producer was ready for it.
    this.#obey(made.id);
  }

  /** After coming back: the server does to this page's producers what it missed. Those that are muted stay so. */
  async agree(there: readonly OwnProducer[], muted: readonly string[]): Promise<void> {
    const here = [...this.#producers.values()].map(({ id, paused }) => ({ producerId: id, paused }));
    const { lost, strays, pause, resume } = compareOwn(here, there);
    for (const [source, producer] of this.#producers) {
      if (!lost.includes(producer.id)) continue;
      producer.close();
      this.#producers.delete(source);
    }
    await Promise.all([
      ...strays.map((producerId) => this.#signaling.request('closeProducer', { producerId })),
      ...pause.map((producerId) => this.#signaling.request('pauseProducer', { producerId })),
      ...resume.filter((producerId) => !muted.includes(producerId)).map((producerId) => this.#signaling.request('resumeProducer', { producerId })),
    ]);
  }

  #options(source: Source, track: MediaStreamTrack, paused: boolean): ProducerOptions {
    const isVideo = kindOf(source) === 'video';
    const { width, height } = track.getSettings();
    const codec = isVideo ? chooseCodec(this.#device?.sendRtpCapabilities.codecs ?? [], this.#coding.codec) : undefined;
    const layers = this.#coding.layered ? layersOf({ width, height }) : 1;
    return {
      track,
      // The track belongs to whoever opened it: it outlives this stay, and a reconnect sends it again.
      stopTracks: false,
      // Whoever receives it chooses a layer by the size of the whole.
      appData: { source: sourceName(source), paused, ...(isVideo && { width, height }) },
      encodings: encodingsOf(source, codec?.mimeType, layers),
      codec,
      ...(isVideo && { codecOptions: { videoGoogleStartBitrate: START_BITRATE } }),
      ...(source === 'screen' && { onRtpSender: keepSharp }),
    };
  }

  /** The server ended it, as when a role changes. */
  #closed(producerId: string): void {
    for (const { source, producer } of this.sent) {
      if (producer.id !== producerId) continue;
      this.#producers.delete(source);
      producer.close();
    }
  }

  #obey(producerId: string): void {
    const producer = [...this.#producers.values()].find(({ id }) => id === producerId);
    const highest = this.#wanted.get(producerId);
    if (!producer || highest === undefined) return;
    // A transport that is closed meanwhile has nothing to send in any case.
    sendUpTo(producer, highest).catch((error: unknown) => producer.closed || console.warn('Cannot change what is sent', error));
  }

  async #setPaused(producer: Producer, paused: boolean): Promise<void> {
    if (producer.paused === paused) return;
    if (paused) producer.pause();
    else producer.resume();
    await this.#signaling.request(paused ? 'pauseProducer' : 'resumeProducer', { producerId: producer.id });
  }
}

/** What the server has ended by itself meanwhile need not be ended any more. */
function toBeGoneAlready(error: unknown): void {
  if (!(error instanceof ServerError && error.code === 'PRODUCER_NOT_FOUND')) throw error;
}

/** Of a screen, fewer pictures that can be read are better than many that cannot. */
function keepSharp(sender: RTCRtpSender): void {
  const parameters = sender.getParameters();
  sender.setParameters({ ...parameters, degradationPreference: 'maintain-resolution' }).catch((error: unknown) => {
    console.warn('Cannot ask for sharp pictures', error); // not every browser knows it
  });
}
