/**
 * `window.colloquy`: a look into the running call, from the browser's console and from tests. Not an interface
 * for embedding: it may change with any version.
 *
 *     colloquy.call                  the running call, undefined outside of one
 *     colloquy.call.phase            'connecting' | 'joined' | 'reconnecting'
 *     colloquy.call.peerId           this page's id in the room
 *     colloquy.call.participants     the others: peerId, name, microphoneOn, cameraOn, screenOn, speaking, quality
 *     colloquy.call.order            what this person may do, and what was muted: standing, muting, moderation
 *     await colloquy.call.signaling.request('getProducers', { callId })    asks the server for anything
 *     colloquy.call.restartIce()     looks for new paths for media
 *     await colloquy.call.stats()    { send, receive: { state, protocol, candidateType, roundTripTime },
 *                                      sent: [{ producerId, source, codec, layers: [{ layer, active, bytesSent, … }] }],
 *                                      received: [{ peerId, name, source, codec, layers, framesDecoded, … }] }
 */

import type { Call } from './call';

declare global {
  interface Window {
    colloquy: { call: Pick<Call, 'phase' | 'peerId' | 'participants' | 'order' | 'signaling' | 'stats' | 'restartIce'> | undefined };
  }
}

window.colloquy = { call: undefined };

export function exposeCall(call: Call | undefined): void {
  window.colloquy.call = call;
}
