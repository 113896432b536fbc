/** Somebody else in the room, as the page shows them. */

import type { RemotePeer } from './protocol';
import type { QualityLevel } from './quality';
import type { Role } from './roles';

export interface Participant {
  readonly peerId: string;
  readonly name: string;
  role: Role;
  /** Their sound and picture together, so that the browser keeps lips and voice in step. */
  readonly stream: MediaStream;
  /** The screen they share, and its sound. */
  readonly screen: MediaStream;
  microphoneOn: boolean;
  cameraOn: boolean;
  screenOn: boolean;
  speaking: boolean;
  /** Their connection is lost; they may come back, and may be seen and heard meanwhile. */
  reconnecting: boolean;
  quality: QualityLevel;
}

/** Somebody who has just come, of whom nothing is received yet. */
export function newParticipant({ peerId, userId, displayName, role, reconnecting }: RemotePeer): Participant {
  return {
    peerId,
    name: displayName || userId,
    role: role ?? 'participant',
    stream: new MediaStream(),
    screen: new MediaStream(),
    microphoneOn: false,
    cameraOn: false,
    screenOn: false,
    speaking: false,
    reconnecting: reconnecting ?? false,
    quality: 'good',
  };
}
