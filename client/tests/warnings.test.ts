import { describe, expect, it, vi } from 'vitest';
import { Warnings, qualityLevel } from '../src/quality';
import type { Signaling } from '../src/signaling';

/** Warnings of a connection whose events are told by hand. */
function warnings() {
  const listeners = new Map<string, (payload: unknown) => void>();
  const signaling = {
    on: (event: string, listener: (payload: unknown) => void) => {
      listeners.set(event, listener);
      return () => listeners.delete(event);
    },
  };
  const onChange = vi.fn();
  const kept = new Warnings(signaling as unknown as Signaling, onChange);
  const tell = (event: string, payload: object) => listeners.get(event)?.({ peerId: 'ada', ...payload });
  return { kept, onChange, tell, level: () => qualityLevel(kept.of('ada'), []) };
}

describe('Warnings', () => {
  it('are in force until they are over, each type for itself', () => {
    const { tell, level, onChange } = warnings();
    tell('qualityWarning', { type: 'jitter', severity: 'low' });
    tell('qualityWarning', { type: 'packet_loss', severity: 'high' });
    expect(level()).toBe('poor');
    tell('qualityRecovered', { type: 'packet_loss' });
    expect(level()).toBe('weak');
    tell('qualityRecovered', { type: 'jitter' });
    expect(level()).toBe('good');
    expect(onChange).toHaveBeenCalledTimes(4);
  });

  it('follow how bad it is', () => {
    const { tell, level } = warnings();
    tell('qualityWarning', { type: 'rtt', severity: 'high' });
    tell('qualityWarning', { type: 'rtt', severity: 'low' });
    expect(level()).toBe('weak');
  });

  it('are those that the server lists, after coming back', () => {
    const { kept, tell, level } = warnings();
    tell('qualityWarning', { type: 'rtt', severity: 'high' });
    kept.set('ada', [{ type: 'jitter', severity: 'low' }]);
    expect(level()).toBe('weak');
    kept.set('ada', []);
    expect(level()).toBe('good');
  });

  it('belong to one person, and go with them', () => {
    const { kept, tell } = warnings();
    tell('qualityWarning', { type: 'rtt', severity: 'high' });
    expect([...kept.of('ben')]).toEqual([]);
    kept.forget('ada');
    expect([...kept.of('ada')]).toEqual([]);
  });
});
