/** What somebody is in a room, and what that lets them do. The server says both, and holds to it whatever a page shows. */

/** From the least to the most. */
export const ROLES = ['viewer', 'participant', 'moderator', 'host'] as const;

export type Role = (typeof ROLES)[number];

/** What pages ask about; servers know more. */
export type Permission =
  | 'publishAudio'
  | 'publishVideo'
  | 'publishScreen'
  | 'subscribe'
  | 'sendMessage'
  | 'kick'
  | 'mute'
  | 'setRole'
  | 'lock'
  | 'closeRoom';

/** Whether one of the first role may act upon one of the second. */
export function reaches(own: Role, other: Role): boolean {
  return ROLES.indexOf(own) >= ROLES.indexOf(other);
}
