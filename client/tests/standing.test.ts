import { describe, expect, it } from 'vitest';
import type { Events, Entry } from '../src/protocol';
import type { Signaling } from '../src/signaling';
import { Standing } from '../src/standing';

/** A standing of peer `me`, what it told, and a way to have the server say something. */
function standing() {
  const listeners = new Map<string, (payload: never) => void>();
  const signaling = { on: (event: string, listener: (payload: never) => void) => void listeners.set(event, listener) };
  const told: string[] = [];
  const own = new Standing(signaling as unknown as Signaling, {
    onChange: () => told.push('change'),
    onRole: (role, by) => told.push(`${role} by ${by}`),
    onLock: (locked, by) => told.push(`${locked ? 'locked' : 'open'} by ${by}`),
  });
  const say = <E extends keyof Events>(event: E, payload: Events[E]) => listeners.get(event)?.(payload as never);
  own.enter({ peerId: 'me', resumeToken: '', peers: [], role: 'moderator', permissions: ['kick', 'subscribe'], locked: true } satisfies Entry);
  return { own, say, told };
}

describe('Standing', () => {
  it('is what the answer to joinRoom says', () => {
    const { own } = standing();
    expect([own.role, own.locked]).toEqual(['moderator', true]);
    expect([own.may('kick'), own.may('mute'), own.may('publishAudio')]).toEqual([true, false, false]);
  });

  it('follows one’s own role, and nobody else’s', () => {
    const { own, say, told } = standing();
    say('peerRoleChanged', { peerId: 'you', role: 'host', permissions: ['kick', 'mute'], by: null });
    expect(own.role).toBe('moderator');
    say('peerRoleChanged', { peerId: 'me', role: 'viewer', permissions: ['subscribe'], by: 'you' });
    expect([own.role, own.may('kick'), own.may('subscribe')]).toEqual(['viewer', false, true]);
    expect(told).toEqual(['change', 'change', 'viewer by you']);
  });

  it('hears of the lock, and has it told unless it was one’s own doing', () => {
    const { own, say, told } = standing();
    say('roomLocked', { locked: false, by: 'me' });
    expect(own.locked).toBe(false);
    say('roomLocked', { locked: true, by: null });
    expect(own.locked).toBe(true);
    expect(told).toEqual(['change', 'change', 'change', 'locked by null']);
  });
});
