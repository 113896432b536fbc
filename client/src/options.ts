/**
 * What the address of the page says.
 *
 * `?room=NAME` or `#NAME`  the room to join, as copied links have it
 * `#token=TOKEN`           the token to show to the server, behind any of the others. Only there: what follows a `#` is
 *                          in no request, so that no server's or proxy's log has it, nor the page that a link leads to
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
  token: string | undefined;
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
  const fragment = readFragment(url);
  const room = url.searchParams.get('room') ?? fragment.room;
  return {
    room: room?.trim() || undefined,
    token: fragment.token?.trim() || undefined,
    tcpOnly: url.searchParams.get('tcp') === '1',
    relayOnly: url.searchParams.get('relay') === '1',
    video: parseVideo(url.searchParams.get('video')) ?? DEFAULT_VIDEO,
    codec: CODECS.find((codec) => codec === url.searchParams.get('codec')?.toLowerCase()),
    layered: url.searchParams.get('simulcast') !== '0',
  };
}

/** The token in what somebody typed or pasted: itself, or the link that it came with. */
export function tokenIn(text: string): string | undefined {
  const at = text.indexOf('#');
  return (at < 0 ? text : (new URLSearchParams(text.slice(at + 1)).get('token') ?? '')).trim() || undefined;
}

/** The address without its token, for the address bar: whoever copies it gives away nothing. */
export function withoutToken(address: string): string {
  const url = new URL(address);
  const { room, token } = readFragment(url);
  if (token === undefined) return address;
  url.hash = '';
  return room && !url.searchParams.has('room') ? withRoom(url.toString(), room) : url.toString();
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

/** A room's name alone, or a token and what belongs to it. */
function readFragment(url: URL): { room?: string | undefined; token?: string | undefined } {
  const text = url.hash.slice(1);
  const parameters = new URLSearchParams(text);
  const token = parameters.get('token');
  if (token !== null) return { token, room: parameters.get('room') ?? undefined };
  try {
    return { room: decodeURIComponent(text) };
  } catch {
    return {}; // a stray % is no room name
  }
}

function parseVideo(text: string | null): VideoFormat | undefined {
  const match = /^(\d{2,4})x(\d{2,4})@(\d{1,2})$/.exec(text ?? '');
  if (!match) return undefined;
  return { width: Number(match[1]), height: Number(match[2]), frameRate: Number(match[3]) };
}
