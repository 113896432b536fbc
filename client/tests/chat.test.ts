import { describe, expect, it } from 'vitest';
import { describeChatError, mergeMessages, readMessage } from '../src/chat';
import { ServerError } from '../src/errors';

const message = (id: string, at: string) => ({ id, at, author: 'Ada', own: false, personal: false, text: id });
const noon = message('noon', '2026-01-01T12:00:00.000Z');
const one = message('one', '2026-01-01T13:00:00.000Z');
const two = message('two', '2026-01-01T14:00:00.000Z');

describe('mergeMessages', () => {
  it('orders by time and takes each message once', () => {
    expect(mergeMessages([noon, two], [one, { ...two }])).toEqual([noon, one, two]);
  });

  it('keeps the objects that are there, so that they are not drawn anew', () => {
    expect(mergeMessages([noon], [{ ...noon }])[0]).toBe(noon);
  });

  it('leaves the order of what came in the same moment', () => {
    const again = message('again', noon.at);
    expect(mergeMessages([noon], [again])).toEqual([noon, again]);
  });

  it('forgets the oldest when there are too many', () => {
    const many = Array.from({ length: 600 }, (_, index) => message(String(index), one.at));
    const merged = mergeMessages([noon], many);
    expect(merged).toHaveLength(500);
    expect(merged).not.toContain(noon);
  });
});

describe('readMessage', () => {
  const wire = { id: 'x', at: noon.at, peerId: 'p', userId: 'u', displayName: 'Ada', to: null, topic: 'chat', data: { text: 'hi' } };

  it('reads what people write', () => {
    expect(readMessage(wire, 'me')).toEqual({ id: 'x', at: noon.at, author: 'Ada', own: false, personal: false, text: 'hi' });
    expect(readMessage({ ...wire, displayName: null, to: 'q' }, 'u')).toMatchObject({ author: 'u', own: true, personal: true });
  });

  it.each([{ topic: 'game' }, { data: null }, { data: 'hi' }, { data: { text: 7 } }, { data: [] }])('passes over %j', (part) => {
    expect(readMessage({ ...wire, ...part }, 'me')).toBeUndefined();
  });
});

describe('describeChatError', () => {
  it('says how long to wait', () => {
    expect(describeChatError(new ServerError('RATE_LIMITED', '', 2_400))).toContain('3 seconds');
    expect(describeChatError(new ServerError('RATE_LIMITED', ''))).toContain('a second');
  });

  it('always says that nothing was sent', () => {
    for (const code of ['LIMIT_EXCEEDED', 'UNSUPPORTED', 'DISCONNECTED', 'INTERNAL']) {
      expect(describeChatError(new ServerError(code, ''))).toMatch(/^Not sent/);
    }
    expect(describeChatError(undefined)).toMatch(/^Not sent/);
  });
});
