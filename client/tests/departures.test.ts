import { describe, expect, it } from 'vitest';
import { kicked, refused, roomClosed } from '../src/departures';
import { ServerError } from '../src/errors';

describe('kicked', () => {
  it('names who did it', () => {
    expect(kicked('kicked', 'Ada')).toEqual({ text: 'Ada removed you from the call.', way: 'again' });
    expect(kicked('kicked', undefined)).toEqual({ text: 'You were removed from the call.', way: 'again' });
  });

  it('offers no way back to who was removed for good', () => {
    expect(kicked('banned', 'Ada')?.way).toBe('never');
    expect(kicked('token_revoked', undefined)?.way).toBe('token');
  });

  it('is no end where the server only interrupts', () => {
    expect(kicked('timed_out', undefined)).toBeUndefined();
    expect(kicked('something_new', undefined)).toBeUndefined();
  });
});

describe('roomClosed', () => {
  it('is an end unless the room comes back', () => {
    expect(roomClosed('ended')?.text).toContain('ended for everybody');
    expect(roomClosed('worker_lost')).toBeUndefined();
  });
});

describe('refused', () => {
  const error = (code: string) => new ServerError(code, 'inner words');

  it('asks for an invitation, and says so when one is no good', () => {
    const [none, bad] = [refused(error('UNAUTHENTICATED'), undefined), refused(error('UNAUTHENTICATED'), 'a.b.c')];
    expect([none.way, bad.way]).toEqual(['token', 'token']);
    expect(none.text).not.toBe(bad.text);
  });

  it('tells a locked room from a ban', () => {
    expect(refused(error('ROOM_LOCKED'), undefined)).toMatchObject({ way: 'again', text: expect.stringContaining('locked') });
    expect(refused(error('BANNED'), undefined)).toMatchObject({ way: 'never', text: expect.stringContaining('for good') });
  });
});
