/** What this person is in the room and may do there, and whether the room is locked: the server's word, kept up to date. */

import type { Entry } from './protocol';
import type { Permission, Role } from './roles';
import type { Signaling } from './signaling';

/** What most may do; shown until the server has said more. */
const USUAL: readonly Permission[] = ['publishAudio', 'publishVideo', 'publishScreen', 'subscribe', 'sendMessage'];

export interface StandingHandlers {
  /** A role, permissions, or the lock: also by joining anew. */
  onChange(): void;
  /** Somebody (`by`: a peer's id, or null) gave this person another role. */
  onRole(role: Role, by: string | null): void;
  /** Likewise, somebody else locked or opened the room. */
  onLock(locked: boolean, by: string | null): void;
}

export class Standing {
  role: Role = 'participant';
  locked = false;
  #permissions: ReadonlySet<string> = new Set(USUAL);
  /** This person's id in the room. */
  #peerId: string | undefined;
  readonly #handlers: StandingHandlers;

  constructor(signaling: Signaling, handlers: StandingHandlers) {
    this.#handlers = handlers;
    signaling.on('peerRoleChanged', ({ peerId, role, permissions, by }) => {
      if (peerId !== this.#peerId) return;
      this.#set({ role, permissions });
      handlers.onRole(role, by);
    });
    signaling.on('roomLocked', ({ locked, by }) => {
      this.#set({ locked });
      if (by === null || by !== this.#peerId) handlers.onLock(locked, by);
    });
  }

  may(permission: Permission): boolean {
    return this.#permissions.has(permission);
  }

  /** What an answer to `joinRoom` says. */
  enter({ peerId, role, permissions, locked }: Entry): void {
    this.#peerId = peerId;
    this.#set({ role, permissions, locked });
  }

  #set({ role, permissions, locked }: { role?: Role | undefined; permissions?: Permission[] | undefined; locked?: boolean | undefined }): void {
    this.role = role ?? this.role;
    this.#permissions = permissions ? new Set(permissions) : this.#permissions;
    this.locked = locked ?? this.locked;
    this.#handlers.onChange();
  }
}
