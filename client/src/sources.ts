/** What a person publishes: up to one track of each source. On the wire, a screen's picture and sound share a name. */

import type { MediaKind } from 'mediasoup-client/types';

export const SOURCES = ['microphone', 'camera', 'screen', 'screenAudio'] as const;

export type Source = (typeof SOURCES)[number];

/** The name of a source in `appData.source`. */
export function sourceName(source: Source): string {
  return source === 'screenAudio' ? 'screen' : source;
}

/** Which source a track of somebody is; tracks of clients that don't tell are a camera's and a microphone's. */
export function sourceOf(kind: MediaKind, appData: Record<string, unknown> | undefined): Source {
  const isScreen = appData?.['source'] === 'screen';
  if (kind === 'audio') return isScreen ? 'screenAudio' : 'microphone';
  return isScreen ? 'screen' : 'camera';
}

export function kindOf(source: Source): MediaKind {
  return source === 'camera' || source === 'screen' ? 'video' : 'audio';
}
