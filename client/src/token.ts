/** A token of an invitation: where it is kept, and what it says of its holder. */

const KEY = 'colloquy.token';

/** What a token says, as far as a page can use it. Only the server knows whether it is true. */
export interface Claims {
  userId?: string;
  name?: string;
  /** The only room that it is for. */
  room?: string;
}

/** Reads a token without checking it; empty for one that cannot be read. */
export function readClaims(token: string | undefined): Claims {
  try {
    const payload = (token?.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
    const { sub, name, callId } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    return {
      ...(isText(sub) && { userId: sub }),
      ...(isText(name) && { name }),
      ...(isText(callId) && !callId.includes('*') && { room: callId }),
    };
  } catch {
    return {};
  }
}

/** Keeps the token for this tab, so that a reload comes back into the call although the address says nothing of it. */
export function keepToken(token: string | undefined): void {
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
}

export function keptToken(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
