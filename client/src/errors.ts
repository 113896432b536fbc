/** Errors, and what to tell a person about them: what happened and what can be done, in plain words. */

/** A request that the server refused, or that got no answer: `code` is stable, `message` is for logs. */
export class ServerError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** Milliseconds after which the same request may succeed, where the server knows. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
    this.name = 'ServerError';
  }
}

/** Codes this page gives to requests that never got an answer. */
export const DISCONNECTED = 'DISCONNECTED';
export const TIMED_OUT = 'TIMED_OUT';

const REQUEST_TEXTS: Record<string, string> = {
  [DISCONNECTED]: 'The connection to the server was lost.',
  [TIMED_OUT]: 'The server took too long to answer.',
  ROOM_FULL: 'This room is full. Try again when somebody has left.',
  ROOM_BUSY: 'Too much is going on in this room right now.',
  ROOM_CLOSED: 'This room has just been closed. Join again to open it anew.',
  ROOM_NOT_FOUND: 'This room no longer exists. Join again to open it anew.',
  ROOM_LOCKED: 'This room is locked: nobody else can come in. Ask somebody inside to open it.',
  BANNED: 'You were removed from this call for good: you cannot come back while it lasts.',
  UNAUTHENTICATED: 'Your invitation is not valid, or not any more. Ask for another one.',
  FORBIDDEN: 'Your invitation is not for this room, or does not let you do this.',
  INVALID_REQUEST: 'The server did not accept this name or room. Try a shorter or simpler one.',
  RATE_LIMITED: 'That was too fast for the server. Wait a moment and try again.',
  LIMIT_EXCEEDED: 'The server has reached one of its limits. Try again later.',
  UNAVAILABLE: 'The server cannot take calls right now. Try again in a minute.',
};

const PASSING = new Set([TIMED_OUT, 'ROOM_BUSY', 'ROOM_CLOSED', 'RATE_LIMITED', 'UNAVAILABLE']);

/** Whether the same request may well succeed in a moment. */
export function isPassing(error: unknown): boolean {
  return error instanceof ServerError && PASSING.has(error.code);
}

/** Milliseconds until what may succeed in a moment is tried again. */
export const RETRY_DELAY = 1_500;

/** Says what a failed request means for the person in front of the page. */
export function describeRequestError(error: unknown): string {
  if (error instanceof ServerError) {
    return REQUEST_TEXTS[error.code] ?? `Something went wrong on the server (${error.code}).`;
  }
  if (error instanceof Error && error.name === 'UnsupportedError') {
    return 'This browser cannot take part in calls. A current Chrome, Edge, Firefox or Safari can.';
  }
  return 'Something went wrong. Reload the page to try again.';
}

export type DeviceKind = 'camera' | 'microphone';

/** The names of the browser's exceptions, and two of our own: `InsecureContext`, `Disconnected`. */
export type DeviceErrors = Partial<Record<DeviceKind, string>>;

/** Says which devices could not be had, and why; empty where there is nothing to say. */
export function describeDeviceErrors({ camera, microphone }: DeviceErrors): string {
  if (camera && camera === microphone) return describeDeviceError('camera and microphone', camera);
  const texts = [camera && describeDeviceError('camera', camera), microphone && describeDeviceError('microphone', microphone)];
  return texts.filter(Boolean).join(' ');
}

function describeDeviceError(device: string, name: string): string {
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return `This page may not use your ${device}. Allow it in the browser’s address bar, then turn it on here.`;
    case 'NotFoundError':
    case 'OverconstrainedError':
      return `No ${device} found.`;
    case 'NotReadableError':
    case 'AbortError':
      return `Cannot start your ${device}: another program may be using it.`;
    case 'InsecureContext':
      return `Browsers give camera and microphone only to pages opened over https or on localhost. You can still join and watch.`;
    case 'Disconnected':
      return `Your ${device} was disconnected.`;
    default:
      return `Cannot start your ${device}.`;
  }
}
