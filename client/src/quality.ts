/** How good somebody's connection is, from the server's warnings and from the scores of what they send. */

import type { QualityProblem, QualityWarning, Severity } from './protocol';
import type { Signaling } from './signaling';

export type QualityLevel = 'good' | 'weak' | 'poor';

/** Scores go from 0 to 10. */
const WEAK_BELOW = 7;
const POOR_BELOW = 4;

/** The level that warnings and scores together make: the worst counts. */
export function qualityLevel(warnings: Iterable<Severity>, scores: Iterable<number>): QualityLevel {
  const severities = [...warnings];
  const lowest = Math.min(10, ...scores);
  if (severities.includes('high') || lowest < POOR_BELOW) return 'poor';
  return severities.length > 0 || lowest < WEAK_BELOW ? 'weak' : 'good';
}

/** One figure for a track: its own score and that of its origin, which is 0 also while nothing is sent. */
export function trackScore({ score, producerScore }: { score: number; producerScore: number }): number {
  return Math.min(score, producerScore || score);
}

/** The server's warnings that are in force, by peer. */
export class Warnings {
  readonly #byPeer = new Map<string, Map<QualityProblem, Severity>>();
  readonly #unsubscribe: (() => void)[];

  constructor(signaling: Signaling, onChange: (peerId: string) => void) {
    this.#unsubscribe = [
      signaling.on('qualityWarning', ({ peerId, type, severity }) => {
        this.#byPeer.set(peerId, (this.#byPeer.get(peerId) ?? new Map<QualityProblem, Severity>()).set(type, severity));
        onChange(peerId);
      }),
      signaling.on('qualityRecovered', ({ peerId, type }) => {
        this.#byPeer.get(peerId)?.delete(type);
        onChange(peerId);
      }),
    ];
  }

  of(peerId: string): Iterable<Severity> {
    return this.#byPeer.get(peerId)?.values() ?? [];
  }

  /** What the server lists for somebody, in answer to `joinRoom`, is all there is. */
  set(peerId: string, warnings: readonly QualityWarning[]): void {
    this.#byPeer.set(peerId, new Map(warnings.map(({ type, severity }) => [type, severity])));
  }

  forget(peerId: string): void {
    this.#byPeer.delete(peerId);
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}
