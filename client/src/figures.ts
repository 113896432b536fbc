/** The figures of a call as lines to read, for each tile. */

import type { Rates } from './rates';
import type { CallStats, ReceivedStats, SentLayer, SentStats, TransportStats } from './stats';

/** Lines by what they belong to: a person's peer id, or `own`; a screen's owner and the word `screen`. */
export function describeCall(stats: CallStats, rates: Rates): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  const add = (id: string, line: string) => lines.set(id, [...(lines.get(id) ?? []), line]);
  if (stats.send) add('own', path(stats.send));
  for (const track of stats.sent) for (const line of sentLines(track, rates)) add('own', line);
  for (const track of stats.received) {
    const id = track.source.startsWith('screen') ? `${track.peerId} screen` : track.peerId;
    if (!lines.has(id) && stats.receive) add(id, path(stats.receive));
    add(id, receivedLine(track, rates));
  }
  return lines;
}

function path({ protocol, candidateType, roundTripTime }: TransportStats): string {
  const time = roundTripTime === undefined ? undefined : `${Math.round(roundTripTime * 1_000)} ms`;
  return [protocol ?? 'no path', candidateType, time].filter(Boolean).join(' · ');
}

function sentLines({ producerId, source, codec, layers }: SentStats, rates: Rates): string[] {
  const describe = (layer: SentLayer) => {
    const id = `${producerId} ${layer.layer}`;
    const parts = [
      layers.length > 1 ? `layer ${layer.layer}` : `${source} ${codecName(codec)}`,
      ...(layer.active ? picture(layer) : ['not watched']),
      bitrate(rates.rate(`${id} bytes`, layer.bytesSent)),
      loss(rates.rate(`${id} lost`, layer.packetsLost), rates.rate(`${id} packets`, layer.packetsSent)),
    ];
    return parts.filter(Boolean).join(' · ');
  };
  const head = layers.length > 1 ? [`${source} ${codecName(codec)}`] : [];
  return [...head, ...layers.map(describe)];
}

function receivedLine(track: ReceivedStats, rates: Rates): string {
  const { producerId, kind, codec, layers, jitter } = track;
  const lost = rates.rate(`${producerId} lost`, track.packetsLost);
  const came = rates.rate(`${producerId} packets`, track.packetsReceived);
  const parts = [
    codecName(codec) || kind,
    kind === 'video' && layers && `layer ${layers.spatialLayer}/${layers.temporalLayer}`,
    ...(kind === 'video' ? picture(track) : []),
    bitrate(rates.rate(`${producerId} bytes`, track.bytesReceived)),
    loss(lost, came === undefined ? undefined : came + (lost ?? 0)),
    `jitter ${Math.round(jitter * 1_000)} ms`,
  ];
  return parts.filter(Boolean).join(' · ');
}

function picture({ frameWidth, frameHeight, framesPerSecond }: Pick<ReceivedStats, 'frameWidth' | 'frameHeight' | 'framesPerSecond'>): string[] {
  return frameWidth > 0 ? [`${frameWidth}×${frameHeight}`, `${Math.round(framesPerSecond)} fps`] : [];
}

function codecName(codec: string | undefined): string {
  return codec?.split('/')[1] ?? '';
}

/** `rate` in bytes a second. */
function bitrate(rate: number | undefined): string | undefined {
  if (rate === undefined) return undefined;
  const kilobits = (rate * 8) / 1_000;
  return kilobits < 1_000 ? `${Math.round(kilobits)} kbit/s` : `${(kilobits / 1_000).toFixed(1)} Mbit/s`;
}

function loss(lost: number | undefined, packets: number | undefined): string | undefined {
  if (lost === undefined || !packets) return undefined;
  return `${Math.min(100, (100 * lost) / packets).toFixed(1)} % lost`;
}
