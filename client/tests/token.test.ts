import { describe, expect, it } from 'vitest';
import { readClaims } from '../src/token';

function token(claims: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(claims));
  const payload = btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return `e30.${payload}.c2lnbmF0dXJl`;
}

describe('readClaims', () => {
  it('says who the invitation is for, and which room', () => {
    expect(readClaims(token({ sub: 'u1', name: 'Zoë ?>', callId: 'blue', role: 'host' }))).toEqual({ userId: 'u1', name: 'Zoë ?>', room: 'blue' });
  });

  it('knows no room of an invitation to several', () => {
    expect(readClaims(token({ sub: 'u1', callId: 'team-*' }))).toEqual({ userId: 'u1' });
  });

  it.each([undefined, '', 'x', 'a.b', 'a.%%%.c', token(null), token('text'), token({ sub: 7, name: {}, callId: ['*'] })])(
    'takes %s for one that says nothing',
    (text) => expect(readClaims(text)).toEqual({}),
  );
});
