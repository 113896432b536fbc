import { describe, expect, it } from 'vitest';
import { Muting } from '../src/muting';
import type { Source } from '../src/sources';

function muting(sent: Record<string, Source> = {}) {
  const off: Source[][] = [];
  const own = new Muting({ sourceOf: (producerId) => sent[producerId], onMuted: (sources) => off.push([...sources]), onChange: () => undefined });
  return { own, off, sent };
}

describe('Muting', () => {
  it('of a kind switches off and blocks all of it', () => {
    const { own, off } = muting();
    expect(own.mute({ kind: 'video' }, 'Ada')).toBe('Ada muted your camera.');
    expect(off).toEqual([['camera', 'screen']]);
    expect(own.reason('camera')).toContain('Ada');
    expect(own.reason('screen')).toContain('screen');
    expect(own.reason('microphone')).toBeUndefined();
  });

  it('of a producer blocks what it came from, also when it is gone', () => {
    const { own, off, sent } = muting({ p1: 'microphone' });
    own.mute({ producerId: 'p1' });
    expect(off).toEqual([['microphone']]);
    delete sent['p1'];
    expect(own.reason('microphone')).toBeDefined();
    expect(own.reason('screenAudio')).toBeUndefined();
    own.letGo({ kind: 'audio' });
    expect(own.reason('microphone')).toBeUndefined();
  });

  it('invites to switch on again, once nothing is in the way', () => {
    const { own } = muting({ p1: 'microphone' });
    own.mute({ kind: 'audio' }, 'Ada');
    own.mute({ producerId: 'p1' }, 'Ben');
    own.letGo({ producerId: 'p1' });
    expect(own.invitation).toBeUndefined();
    expect(own.reason('microphone')).toContain('Ada');
    own.letGo({ kind: 'audio' });
    expect(own.invitation).toBe('microphone');
    expect(own.reason('microphone')).toBeUndefined();
    own.answer();
    expect(own.invitation).toBeUndefined();
  });

  it('takes an invitation back', () => {
    const { own } = muting();
    own.mute({ kind: 'audio' });
    own.letGo({ kind: 'audio' });
    own.mute({ kind: 'audio' });
    expect(own.invitation).toBeUndefined();
  });

  it('holds after coming back, by the names that were known', () => {
    const { own, off } = muting({ p1: 'camera' });
    own.mute({ kind: 'audio' }, 'Ada');
    own.set({ kinds: ['audio', 'video'], producerIds: ['p1'] });
    expect(off.at(-1)).toEqual(['microphone', 'camera', 'screen', 'screenAudio']);
    expect(own.reason('microphone')).toContain('Ada');
    expect(own.reason('camera')).toContain('Somebody');
    own.letGo({ kind: 'video' });
    expect(own.reason('camera')).toBeUndefined();
  });

  it('goes on for what stands in the place of something muted', () => {
    const { own, off } = muting();
    expect(own.hold('camera')).toContain('camera');
    expect(off).toEqual([['camera']]);
    expect(own.reason('camera')).toBeDefined();
    expect(own.reason('screen')).toBeUndefined();
  });

  it('is over for who joins anew', () => {
    const { own } = muting();
    own.mute({ kind: 'audio' });
    own.set({ kinds: [], producerIds: [] });
    expect(own.reason('microphone')).toBeUndefined();
  });
});
