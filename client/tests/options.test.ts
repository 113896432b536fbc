import { describe, expect, it } from 'vitest';
import { readOptions, roomLink, withRoom } from '../src/options';

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
