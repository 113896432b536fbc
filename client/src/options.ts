/**
 * What the address of the page says.
 *
 * `?room=NAME` or `#NAME`  the room to join, as copied links have it
 * `?tcp=1`                 media over TCP only (for tests, and to try a restrictive network)
 * `?relay=1`               media through a TURN server only (likewise)
 * `?video=640x480@15`      the wanted picture: width x height @ frames a second
 * `?codec=vp9`             the codec of one's picture: vp8, vp9, h264 or av1
 * `?simulcast=0`           the picture in one layer only
 */

export interface VideoFormat {
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** Frames a second. */
  frameRate: number;
}

const CODECS = ['vp8', 'vp9', 'h264', 'av1'] as const;

export type VideoCodec = (typeof CODECS)[number];

export interface PageOptions {
  room: string | undefined;
  tcpOnly: boolean;
  relayOnly: boolean;
  video: VideoFormat;
  /** The codec of the picture; undefined: the one that the server prefers. */
  codec: VideoCodec | undefined;
  /** Whether the picture is sent in several layers. */
  layered: boolean;
}

const DEFAULT_VIDEO: VideoFormat = { width: 1280, height: 720, frameRate: 30 };

export function readOptions(address: string): PageOptions {
  const url = new URL(address);
  const room = url.searchParams.get('room') ?? fragment(url);
  return {
    room: room?.trim() || undefined,
    tcpOnly: url.searchParams.get('tcp') === '1',
    relayOnly: url.searchParams.get('relay') === '1',
    video: parseVideo(url.searchParams.get('video')) ?? DEFAULT_VIDEO,
    codec: CODECS.find((codec) => codec === url.searchParams.get('codec')?.toLowerCase()),
    layered: url.searchParams.get('simulcast') !== '0',
  };
}

/** The address that leads somebody else to the room: without this page's own switches. */
export function roomLink(address: string, room: string): string {
  const url = new URL(address);
  url.search = '';
  url.hash = '';
  url.searchParams.set('room', room);
  return url.toString();
}

/** The same page with its switches kept and the room filled in, so that a reload comes back to it. */
export function withRoom(address: string, room: string): string {
  const url = new URL(address);
  url.hash = '';
  url.searchParams.set('room', room);
  return url.toString();
}

function fragment(url: URL): string | undefined {
  try {
    return decodeURIComponent(url.hash.slice(1));
  } catch {
    return undefined; // a stray % is no room name
  }
}

function parseVideo(text: string | null): VideoFormat | undefined {
  const match = /^(\d{2,4})x(\d{2,4})@(\d{1,2})$/.exec(text ?? '');
  if (!match) return undefined;
  return { width: Number(match[1]), height: Number(match[2]), frameRate: Number(match[3]) };
}
