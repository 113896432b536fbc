import { describe, expect, it } from 'vitest';
import { ServerError } from '../src/errors';
import { actionsUpon, describeModerationError } from '../src/moderation';
import type { Permission, Role } from '../src/roles';

const ALL: Permission[] = ['kick', 'mute', 'setRole', 'lock', 'closeRoom'];
const own = (role: Role, permissions: Permission[] = ALL) => ({ role, may: (permission: Permission) => permissions.includes(permission) });
const person = (role: Role, microphoneOn = true, cameraOn = true) => ({ role, microphoneOn, cameraOn });
const words = (...parameters: Parameters<typeof actionsUpon>) => actionsUpon(...parameters).map((action) => Object.values(action).join(' '));

describe('actionsUpon', () => {
  it('offers all of it to a host', () => {
    expect(words(person('participant'), own('host'), new Set())).toEqual([
      'mute audio',
      'mute video',
      'setRole host',
      'setRole moderator',
      'setRole viewer',
      'remove false',
      'remove true',
    ]);
  });

  it('offers no role above one’s own', () => {
    expect(words(person('viewer'), own('moderator', ['setRole']), new Set())).toEqual(['setRole moderator', 'setRole participant']);
  });

  it('offers nothing upon somebody who is more', () => {
    expect(words(person('host'), own('moderator'), new Set())).toEqual([]);
    expect(words(person('moderator'), own('moderator', ['kick']), new Set())).toEqual(['remove false', 'remove true']);
  });

  it('offers nothing that one may not do', () => {
    expect(words(person('participant'), own('participant', []), new Set())).toEqual([]);
  });

  it('offers to let go of what is muted, also of what others may have muted', () => {
    const mute = own('host', ['mute']);
    expect(words(person('participant', false, true), mute, new Set(['audio']))).toEqual(['letGo audio', 'mute video']);
    expect(words(person('participant', false, true), mute, new Set())).toEqual(['mute audio', 'letGo audio', 'mute video']);
  });
});

describe('describeModerationError', () => {
  it('has words for what happens', () => {
    const texts = ['FORBIDDEN', 'PEER_NOT_FOUND', 'INTERNAL'].map((code) => describeModerationError(new ServerError(code, '')));
    expect(new Set(texts).size).toBe(3);
  });
});
