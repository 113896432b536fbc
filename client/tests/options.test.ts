import { describe, expect, it } from 'vitest';
import { readOptions, roomLink, tokenIn, withRoom, withoutToken } from '../src/options';

const PAGE = 'https://calls.example.org/';

describe('readOptions', () => {
  it('finds the room in the query or in the fragment', () => {
    expect(readOptions(`${PAGE}?room=blue`).room).toBe('blue');
    expect(readOptions(`${PAGE}#my%20room`).room).toBe('my room');
    expect(readOptions(PAGE).room).toBeUndefined();
    expect(readOptions(`${PAGE}?room=`).room).toBeUndefined();
    expect(readOptions(`${PAGE}#%`).room).toBeUndefined();
  });

  it('restricts media to TCP only when told so', () => {
    expect(readOptions(`${PAGE}?tcp=1`).tcpOnly).toBe(true);
    expect(readOptions(`${PAGE}?tcp=0`).tcpOnly).toBe(false);
  });

  it('restricts media to relays only when told so', () => {
    expect(readOptions(`${PAGE}?relay=1`).relayOnly).toBe(true);
    expect(readOptions(PAGE).relayOnly).toBe(false);
  });

  it('takes the codecs there are, in several layers unless told otherwise', () => {
    expect(readOptions(`${PAGE}?codec=VP9`)).toMatchObject({ codec: 'vp9', layered: true });
    expect(readOptions(`${PAGE}?codec=mjpeg&simulcast=0`)).toMatchObject({ codec: undefined, layered: false });
  });

  it('takes a picture format, and falls back to 720p on nonsense', () => {
    expect(readOptions(`${PAGE}?video=640x480@15`).video).toEqual({ width: 640, height: 480, frameRate: 15 });
    expect(readOptions(`${PAGE}?video=huge`).video).toEqual({ width: 1280, height: 720, frameRate: 30 });
  });
});

describe('tokens', () => {
  it('are taken from the fragment, with the room beside them or in the query', () => {
    expect(readOptions(`${PAGE}?room=blue#token=a.b.c`)).toMatchObject({ room: 'blue', token: 'a.b.c' });
    expect(readOptions(`${PAGE}#room=my+room&token=a.b.c`)).toMatchObject({ room: 'my room', token: 'a.b.c' });
    expect(readOptions(`${PAGE}#token=a.b.c`)).toMatchObject({ room: undefined, token: 'a.b.c' });
    expect(readOptions(`${PAGE}#token=`).token).toBeUndefined();
    expect(readOptions(`${PAGE}#blue`).token).toBeUndefined();
  });

  it('are not taken from the query, which servers log', () => {
    expect(readOptions(`${PAGE}?room=blue&token=a.b.c`).token).toBeUndefined();
  });

  it('are found in what somebody pastes', () => {
    expect(tokenIn(' a.b.c\n')).toBe('a.b.c');
    expect(tokenIn(`${PAGE}?room=blue#token=a.b.c`)).toBe('a.b.c');
    expect(tokenIn(`${PAGE}#blue`)).toBeUndefined();
    expect(tokenIn('  ')).toBeUndefined();
  });

  it('go from the address, and nothing else does', () => {
    expect(withoutToken(`${PAGE}?room=blue&tcp=1#token=a.b.c`)).toBe(`${PAGE}?room=blue&tcp=1`);
    expect(readOptions(withoutToken(`${PAGE}?tcp=1#room=blue&token=a.b.c`))).toMatchObject({ room: 'blue', tcpOnly: true });
    expect(withoutToken(`${PAGE}?tcp=1#blue`)).toBe(`${PAGE}?tcp=1#blue`);
  });

  it('are in no link', () => {
    const invited = `${PAGE}?room=blue#token=a.b.c`;
    for (const link of [roomLink(invited, 'blue'), withRoom(invited, 'blue')]) expect(link).not.toContain('a.b.c');
  });
});

describe('links', () => {
  it('to a room carry nothing but the room', () => {
    expect(roomLink(`${PAGE}?tcp=1&room=old#x`, 'a/b & c')).toBe(`${PAGE}?room=a%2Fb+%26+c`);
  });

  it('survive being read again', () => {
    expect(readOptions(roomLink(PAGE, 'a/b & c')).room).toBe('a/b & c');
  });

  it('of this page keep its switches', () => {
    expect(readOptions(withRoom(`${PAGE}?tcp=1#old`, 'new'))).toMatchObject({ room: 'new', tcpOnly: true });
  });
});
