/** What to do after coming back: this page's books and the server's, side by side. */

import type { OwnMedia, RemotePeer, RemoteProducer } from './protocol';

export interface KnownTrack {
  readonly producerId: string;
  /** Undefined as long as it is not received. */
  readonly consumerId: string | undefined;
}

export interface RemoteChanges {
  /** Peers that have left. */
  peersGone: string[];
  /** Producers that are published no more. */
  gone: string[];
  /** Producers that are still there, but of which the server has no consumer (any more): to be received again. */
  again: string[];
  /** Of each producer that is there: whether it is paused. */
  paused: Map<string, boolean>;
}

/** Compares what this page receives with what the server has. */
export function compareRemote(
  peerIds: Iterable<string>,
  tracks: Iterable<KnownTrack>,
  peers: (RemotePeer & { producers: RemoteProducer[] })[],
  own: OwnMedia,
): RemoteChanges {
  const there = new Set(peers.map(({ peerId }) => peerId));
  const producers = new Map(peers.flatMap((peer) => peer.producers).map((producer) => [producer.producerId, producer]));
  const consumers = new Set(own.consumers.map(({ consumerId }) => consumerId));
  const known = [...tracks];
  return {
    peersGone: [...peerIds].filter((peerId) => !there.has(peerId)),
    gone: known.filter(({ producerId }) => !producers.has(producerId)).map(({ producerId }) => producerId),
    again: known
      .filter(({ producerId, consumerId }) => producers.has(producerId) && !(consumerId && consumers.has(consumerId)))
      .map(({ producerId }) => producerId),
    paused: new Map([...producers.values()].map(({ producerId, paused }) => [producerId, paused])),
  };
}

export interface OwnProducer {
  readonly producerId: string;
  readonly paused: boolean;
}

export interface OwnChanges {
  /** Producers of which the server knows nothing: to be made again. */
  lost: string[];
  /** Producers of which this page knows nothing (any more): to be closed on the server. */
  strays: string[];
  /** Producers that the server has to pause or resume, to be as they are here. */
  pause: string[];
  resume: string[];
}

/** Compares what this page sends with what the server has. */
export function compareOwn(here: Iterable<OwnProducer>, there: readonly OwnProducer[]): OwnChanges {
  const mine = [...here];
  const onServer = new Map(there.map(({ producerId, paused }) => [producerId, paused]));
  const ids = new Set(mine.map(({ producerId }) => producerId));
  const differs = (wanted: boolean) =>
    mine
      .filter(({ producerId, paused }) => paused === wanted && onServer.get(producerId) === !wanted)
      .map(({ producerId }) => producerId);
  return {
    lost: mine.filter(({ producerId }) => !onServer.has(producerId)).map(({ producerId }) => producerId),
    strays: [...onServer.keys()].filter((producerId) => !ids.has(producerId)),
    pause: differs(true),
    resume: differs(false),
  };
}
