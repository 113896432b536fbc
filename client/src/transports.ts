/** The transports of a stay, one to send and one to receive, as far as they are needed: kept alive, lost together. */

import type { Device, Transport } from 'mediasoup-client/types';
import { PathKeeper } from './path-keeper';
import type { TransportOffer } from './protocol';
import type { Signaling } from './signaling';
import { sourceOf, type Source } from './sources';

export type Direction = 'send' | 'recv';

export interface TransportHandlers {
  /** Media over TCP only. */
  tcpOnly: boolean;
  /** Media through a TURN server only. */
  relayOnly: boolean;
  /** What was just published is muted from its beginning. */
  onMuted(source: Source): void;
  /** A path for media was found. */
  onMediaFlowing(): void;
  /** Media cannot flow any more, although the connection to the server may be fine. */
  onMediaLost(): void;
}

export class Transports {
  readonly #open: ReadonlyMap<Direction, Transport>;
  readonly #keepers: PathKeeper[];
  readonly #onOnline = () => {
    for (const keeper of this.#keepers) keeper.networkChanged();
  };

  private constructor(open: ReadonlyMap<Direction, Transport>, keepers: PathKeeper[]) {
    this.#open = open;
    this.#keepers = keepers;
    addEventListener('online', this.#onOnline);
  }

  static async open(
    signaling: Signaling,
    device: Device,
    handlers: TransportHandlers,
    directions: readonly Direction[],
  ): Promise<Transports> {
    const keepers: PathKeeper[] = [];
    const open = async (direction: Direction) =>
      [direction, await openTransport(signaling, device, direction, handlers, keepers)] as const;
    const opening = directions.map(open);
    try {
      return new Transports(new Map(await Promise.all(opening)), keepers);
    } catch (error) {
      // One alone is of no use.
      for (const opened of await Promise.allSettled(opening)) if (opened.status === 'fulfilled') opened.value[1].close();
      throw error;
    }
  }

  get send(): Transport | undefined {
    return this.#open.get('send');
  }

  get receive(): Transport | undefined {
    return this.#open.get('recv');
  }

  has(direction: Direction): boolean {
    return this.#open.has(direction);
  }

  get ids(): string[] {
    return [...this.#open.values()].map(({ id }) => id);
  }

  /** Looks for new paths, as if the network had changed. */
  restartIce(): void {
    this.#onOnline();
  }

  close(): void {
    removeEventListener('online', this.#onOnline);
    for (const keeper of this.#keepers) keeper.close();
    for (const transport of this.#open.values()) transport.close();
  }
}

async function openTransport(
  signaling: Signaling,
  device: Device,
  direction: Direction,
  handlers: TransportHandlers,
  keepers: PathKeeper[],
): Promise<Transport> {
  const offer = await signaling.request('createTransport', { direction });
  const parameters = transportParameters(offer, handlers);
  const transport = direction === 'send' ? device.createSendTransport(parameters) : device.createRecvTransport(parameters);
  const keeper = new PathKeeper({
    restart: async () => {
      const { iceParameters, iceServers = [] } = await signaling.request('restartIce', { transportId: transport.id });
      // Credentials of a long call may have expired.
      if (!transport.closed) await transport.updateIceServers({ iceServers });
      if (!transport.closed) await transport.restartIce({ iceParameters });
    },
    lost: () => handlers.onMediaLost(),
  });
  keepers.push(keeper);

  transport.on('connect', ({ dtlsParameters }, done, fail) => {
    signaling.request('connectTransport', { transportId: transport.id, dtlsParameters }).then(done, fail);
  });
  transport.on('produce', ({ kind, rtpParameters, appData: { paused, ...appData } }, done, fail) => {
    signaling
      .request('produce', { transportId: transport.id, kind, rtpParameters, appData, paused: paused === true })
      .then(({ id, muted }) => {
        done({ id });
        if (muted) handlers.onMuted(sourceOf(kind, appData));
      }, fail);
  });
  transport.on('connectionstatechange', (state) => {
    if (state === 'connected') handlers.onMediaFlowing();
    keeper.changed(state);
  });
  return transport;
}

function transportParameters(offer: TransportOffer, { tcpOnly, relayOnly }: TransportHandlers) {
  const { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters, iceServers } = offer;
  return {
    id,
    iceParameters,
    iceCandidates: tcpOnly ? iceCandidates.filter(({ protocol }) => protocol === 'tcp') : iceCandidates,
    dtlsParameters,
    ...(sctpParameters && { sctpParameters }),
    ...(iceServers && { iceServers }),
    ...(relayOnly && { iceTransportPolicy: 'relay' as const }),
  };
}
