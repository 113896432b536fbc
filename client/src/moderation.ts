/** Keeping order: what this person may do to others and to the room, and the asking for it. */

import { ServerError, describeRequestError } from './errors';
import type { Participant } from './participant';
import type { Requests } from './protocol';
import { ROLES, reaches, type Role } from './roles';
import type { Signaling } from './signaling';
import type { Standing } from './standing';

type Kind = 'audio' | 'video';

/** Something that may be done to somebody. */
export type Action =
  | { do: 'mute' | 'letGo'; kind: Kind }
  | { do: 'setRole'; role: Role }
  | { do: 'remove'; forGood: boolean };

type Rights = Pick<Standing, 'role' | 'may'>;

/** What of it this person may do to somebody, in the order of a menu. `muted`: the kinds known to be muted. */
export function actionsUpon(person: Pick<Participant, 'role' | 'microphoneOn' | 'cameraOn'>, own: Rights, muted: ReadonlySet<Kind>): Action[] {
  if (!reaches(own.role, person.role)) return [];
  const muting = (kind: Kind, on: boolean): Action[] => {
    // What is off may have been muted by others, or before this page was there: then it can be let go of, too.
    const actions: Action[] = muted.has(kind) ? [] : [{ do: 'mute', kind }];
    return on ? actions : [...actions, { do: 'letGo', kind }];
  };
  const roles = [...ROLES].reverse().filter((role) => role !== person.role && reaches(own.role, role));
  return [
    ...(own.may('mute') ? [...muting('audio', person.microphoneOn), ...muting('video', person.cameraOn)] : []),
    ...(own.may('setRole') ? roles.map((role): Action => ({ do: 'setRole', role })) : []),
    ...(own.may('kick') ? [false, true].map((forGood): Action => ({ do: 'remove', forGood })) : []),
  ];
}

export class Moderation {
  /** What this page has muted: `peerId kind`. */
  readonly #muted = new Set<string>();
  readonly #signaling: Signaling;
  readonly #onNews: (text: string) => void;

  constructor(signaling: Signaling, onNews: (text: string) => void) {
    this.#signaling = signaling;
    this.#onNews = onNews;
  }

  /** See {@link actionsUpon}. */
  actionsUpon(person: Participant, own: Rights): Action[] {
    const kinds = (['audio', 'video'] as const).filter((kind) => this.#muted.has(`${person.peerId} ${kind}`));
    return actionsUpon(person, own, new Set(kinds));
  }

  async act({ peerId, name }: Pick<Participant, 'peerId' | 'name'>, action: Action): Promise<void> {
    switch (action.do) {
      case 'mute':
      case 'letGo': {
        const muted = action.do === 'mute';
        if (!(await this.#ask('mutePeer', { peerId, kind: action.kind, muted }))) return;
        if (muted) this.#muted.add(`${peerId} ${action.kind}`);
        else this.#muted.delete(`${peerId} ${action.kind}`);
        return;
      }
      case 'setRole':
        if (await this.#ask('setPeerRole', { peerId, role: action.role })) this.#onNews(`${name} is ${action.role} now.`);
        return;
      case 'remove':
        await this.#ask('kickPeer', { peerId, ban: action.forGood });
    }
  }

  async lock(locked: boolean): Promise<void> {
    await this.#ask('lockRoom', { locked });
  }

  async end(): Promise<void> {
    await this.#ask('closeRoom', {});
  }

  /** Whether the server did it; if not, the person is told. */
  async #ask<E extends 'mutePeer' | 'setPeerRole' | 'kickPeer' | 'lockRoom' | 'closeRoom'>(event: E, payload: Requests[E]['send']): Promise<boolean> {
    try {
      await this.#signaling.request<'mutePeer'>(event as 'mutePeer', payload as Requests['mutePeer']['send']);
      return true;
    } catch (error) {
      console.warn('Cannot do this', error);
      this.#onNews(describeModerationError(error));
      return false;
    }
  }
}

/** Says why nothing was done. */
export function describeModerationError(error: unknown): string {
  switch (error instanceof ServerError ? error.code : undefined) {
    case 'FORBIDDEN':
      return 'You may not do this.';
    case 'PEER_NOT_FOUND':
      return 'This person has left already.';
    default:
      return describeRequestError(error);
  }
}
