/** Figures on a running call, read from the browser's `getStats`: for tests and for looking into a bad call. */

import type { Consumer, MediaKind, Transport } from 'mediasoup-client/types';
import type { Participant } from './remote';

export interface TransportStats {
  /** As the browser names it: `new`, `connecting`, `connected`, `failed`, … */
  state: string;
  /** What media travels over, `udp` or `tcp`; absent while no path is found. */
  protocol: string | undefined;
  /** Seconds. */
  roundTripTime: number | undefined;
  /** The server's port. */
  remotePort: number | undefined;
  /** This side's ICE user name: another one after a restart. */
  iceUsername: string | undefined;
}

export interface ReceivedStats {
  peerId: string;
  name: string;
  producerId: string;
  kind: MediaKind;
  /** For example `video/VP8`. */
  codec: string | undefined;
  bytesReceived: number;
  packetsLost: number;
  /** Video only. */
  framesDecoded: number;
  /** Video only, pixels. */
  frameWidth: number;
  /** Audio only; rises while something is to be heard and played. */
  totalAudioEnergy: number;
}

export interface CallStats {
  send: TransportStats;
  receive: TransportStats;
  received: ReceivedStats[];
}

export async function describeTransport(transport: Transport): Promise<TransportStats> {
  const report = await transport.getStats();
  const selected = entries(report, 'transport').find((entry) => entry['selectedCandidatePairId']);
  // Firefox has no transport entry, but marks the pair itself.
  const pair = selected
    ? report.get(selected['selectedCandidatePairId'] as string)
    : entries(report, 'candidate-pair').find((entry) => entry['selected']);
  return {
    state: transport.connectionState,
    protocol: pair && report.get(pair.localCandidateId)?.protocol,
    roundTripTime: pair?.currentRoundTripTime,
    remotePort: pair && report.get(pair.remoteCandidateId)?.port,
    iceUsername: selected?.['iceLocalUsernameFragment'] as string | undefined,
  };
}

export async function summarise(participant: Participant, consumer: Consumer): Promise<ReceivedStats> {
  const report = await consumer.getStats();
  const inbound = entries(report, 'inbound-rtp')[0] ?? {};
  const number = (field: string) => (typeof inbound[field] === 'number' ? inbound[field] : 0);
  return {
    peerId: participant.peerId,
    name: participant.name,
    producerId: consumer.producerId,
    kind: consumer.kind,
    codec: report.get(inbound['codecId'] as string)?.mimeType,
    bytesReceived: number('bytesReceived'),
    packetsLost: number('packetsLost'),
    framesDecoded: number('framesDecoded'),
    frameWidth: number('frameWidth'),
    totalAudioEnergy: number('totalAudioEnergy'),
  };
}

function entries(report: RTCStatsReport, type: string): Record<string, unknown>[] {
  return [...report.values()].filter((entry) => entry.type === type);
}
