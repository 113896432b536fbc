/** Why a call is over for somebody, and what they can do then. */

import { ServerError, describeRequestError } from './errors';

/**
 * `again`: joining once more may work. `token`: only with another invitation. `never`: not while the call lasts.
 */
export type WayBack = 'again' | 'token' | 'never';

export interface Departure {
  /** Undefined: they left by themselves. */
  text: string | undefined;
  way: WayBack;
}

export const LEFT: Departure = { text: undefined, way: 'again' };

const NEEDS_TOKEN = 'This server lets people in by invitation. Open the link that you were given, or paste it here.';

/** Reasons for which a server closes a room that may be opened anew at once. */
const ROOM_COMES_BACK = ['server_shutdown', 'worker_lost'];

/** What `kicked` means; undefined: the call may go on by joining anew. `name`: of who did it, where somebody did. */
export function kicked(reason: string, name: string | undefined): Departure | undefined {
  const by = name ? `${name} removed you` : 'You were removed';
  switch (reason) {
    case 'kicked':
      return { text: `${by} from the call.`, way: 'again' };
    case 'banned':
      return { text: `${by} from the call for good: you cannot come back while it lasts.`, way: 'never' };
    case 'token_revoked':
      return { text: 'Your invitation was withdrawn.', way: 'token' };
    case 'resumed_elsewhere':
      return { text: 'This call goes on in another window.', way: 'again' };
    default:
      return name ? { text: `${by} from the call.`, way: 'again' } : undefined;
  }
}

/** What `roomClosed` means; undefined: the call may go on by joining anew. */
export function roomClosed(reason: string): Departure | undefined {
  if (ROOM_COMES_BACK.includes(reason)) return undefined;
  return { text: reason === 'ended' ? 'The call was ended for everybody.' : 'The room was closed.', way: 'again' };
}

/** What a refusal means that will not pass by itself. `token`: the one that was shown. */
export function refused(error: unknown, token: string | undefined): Departure {
  const code = error instanceof ServerError ? error.code : undefined;
  if (code === 'UNAUTHENTICATED') return { text: token ? describeRequestError(error) : NEEDS_TOKEN, way: 'token' };
  return { text: describeRequestError(error), way: code === 'BANNED' ? 'never' : 'again' };
}
