/** Figures on a running call, read from the browser's `getStats`: for the overlay, for tests, for a look into a bad call. */

import type { MediaKind, Producer, Transport } from 'mediasoup-client/types';
import type { Participant } from './participant';
import type { Layers } from './protocol';
import type { RemoteTrack } from './remote-track';
import type { Source } from './sources';

export interface TransportStats {
  /** As the browser names it: `new`, `connecting`, `connected`, `failed`, … */
  state: string;
  /** What media travels over, `udp` or `tcp`; absent while no path is found. */
  protocol: string | undefined;
  /** How this side is reached: `host`, `srflx`, `prflx`, or `relay` through a TURN server. */
  candidateType: string | undefined;
  /** Seconds. */
  roundTripTime: number | undefined;
  /** The server's port. */
  remotePort: number | undefined;
  /** This side's ICE user name: another one after a restart. */
  iceUsername: string | undefined;
}

/** What is sent as one stream: a track, or a layer of it. */
export interface SentLayer {
  /** Counted from the smallest. */
  layer: number;
  active: boolean;
  bytesSent: number;
  packetsSent: number;
  /** As the server last reported; packets. */
  packetsLost: number;
  /** Video only, pixels and frames a second. */
  frameWidth: number;
  frameHeight: number;
  framesPerSecond: number;
  /** Such as `L3T3_KEY`. */
  scalabilityMode: string | undefined;
}

export interface SentStats {
  producerId: string;
  source: Source;
  /** For example `video/VP8`. */
  codec: string | undefined;
  layers: SentLayer[];
}

export interface ReceivedStats {
  peerId: string;
  name: string;
  producerId: string;
  kind: MediaKind;
  source: Source;
  /** For example `video/VP8`. */
  codec: string | undefined;
  bytesReceived: number;
  packetsReceived: number;
  packetsLost: number;
  /** Seconds. */
  jitter: number;
  /** Video only. */
  framesDecoded: number;
  framesPerSecond: number;
  /** Video only, pixels. */
  frameWidth: number;
  frameHeight: number;
  /** Video only: which of the layers comes, as the server said last. */
  layers: Layers | undefined;
  /** Audio only; rises while something is to be heard and played. */
  totalAudioEnergy: number;
}

export interface CallStats {
  /** Undefined where there is no transport: nothing may be sent, or received. */
  send: TransportStats | undefined;
  receive: TransportStats | undefined;
  sent: SentStats[];
  received: ReceivedStats[];
}

export async function collectStats(
  transports: { send: Transport | undefined; receive: Transport | undefined },
  producers: { source: Source; producer: Producer }[],
  tracks: { participant: Participant; track: RemoteTrack }[],
): Promise<CallStats> {
  const [send, receive, sent, received] = await Promise.all([
    transports.send && describeTransport(transports.send),
    transports.receive && describeTransport(transports.receive),
    Promise.all(producers.map(({ source, producer }) => summariseSent(source, producer))),
    Promise.all(tracks.map(({ participant, track }) => summariseReceived(participant, track))),
  ]);
  return { send, receive, sent: sent.flat(), received: received.flat() };
}

async function describeTransport(transport: Transport): Promise<TransportStats> {
  const report = await transport.getStats();
  const selected = entries(report, 'transport').find((entry) => entry['selectedCandidatePairId']);
  // Firefox has no transport entry, but marks the pair itself.
  const pair = selected
    ? report.get(selected['selectedCandidatePairId'] as string)
    : entries(report, 'candidate-pair').find((entry) => entry['selected']);
  const local = pair && report.get(pair.localCandidateId);
  return {
    state: transport.connectionState,
    protocol: local?.protocol,
    candidateType: local?.candidateType,
    roundTripTime: pair?.currentRoundTripTime,
    remotePort: pair && report.get(pair.remoteCandidateId)?.port,
    iceUsername: selected?.['iceLocalUsernameFragment'] as string | undefined,
  };
}

async function summariseSent(source: Source, producer: Producer): Promise<SentStats[]> {
  if (producer.closed) return [];
  const report = await producer.getStats();
  const reported = new Map(entries(report, 'remote-inbound-rtp').map((entry) => [entry['ssrc'], entry]));
  const streams = entries(report, 'outbound-rtp');
  const parameters = producer.rtpSender?.getParameters().encodings ?? [];
  const layers = streams.map((stream) => {
    const layer = Math.max(0, parameters.findIndex(({ rid }) => rid !== undefined && rid === stream['rid']));
    const number = reader(stream);
    return {
      layer,
      active: parameters[layer]?.active ?? true,
      bytesSent: number('bytesSent'),
      packetsSent: number('packetsSent'),
      packetsLost: reader(reported.get(stream['ssrc']) ?? {})('packetsLost'),
      frameWidth: number('frameWidth'),
      frameHeight: number('frameHeight'),
      framesPerSecond: number('framesPerSecond'),
      scalabilityMode: stream['scalabilityMode'] as string | undefined,
    };
  });
  const codec = report.get(streams[0]?.['codecId'] as string)?.mimeType;
  return [{ producerId: producer.id, source, codec, layers: layers.sort((one, other) => one.layer - other.layer) }];
}

async function summariseReceived(participant: Participant, track: RemoteTrack): Promise<ReceivedStats[]> {
  const { consumer } = track;
  if (!consumer || consumer.closed) return [];
  const report = await consumer.getStats();
  const inbound = entries(report, 'inbound-rtp')[0] ?? {};
  const number = reader(inbound);
  return [
    {
      peerId: participant.peerId,
      name: participant.name,
      producerId: consumer.producerId,
      kind: consumer.kind,
      source: track.source,
      codec: report.get(inbound['codecId'] as string)?.mimeType,
      bytesReceived: number('bytesReceived'),
      packetsReceived: number('packetsReceived'),
      packetsLost: number('packetsLost'),
      jitter: number('jitter'),
      framesDecoded: number('framesDecoded'),
      framesPerSecond: number('framesPerSecond'),
      frameWidth: number('frameWidth'),
      frameHeight: number('frameHeight'),
      layers: track.layers,
      totalAudioEnergy: number('totalAudioEnergy'),
    },
  ];
}

type Entry = Record<string, unknown>;

function entries(report: RTCStatsReport, type: string): Entry[] {
  return [...report.values()].filter((entry) => entry.type === type);
}

/** Reads figures, 0 where there is none. */
function reader(entry: Entry): (field: string) => number {
  return (field) => (typeof entry[field] === 'number' ? entry[field] : 0);
}
