/** This person's shared screen: its picture, and its sound where the browser gives it. */

import { ServerError } from './errors';

/** Of what is on a screen, nothing may be taken for noise or echo. */
const SOUND: MediaTrackConstraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const PICTURE: MediaTrackConstraints = { frameRate: { max: 30 } };

export class LocalScreen {
  picture: MediaStreamTrack | undefined;
  sound: MediaStreamTrack | undefined;
  /** What to tell the person about a screen that cannot be shared; empty if all is well. */
  problem = '';
  /** Called whenever sharing begins or ends. */
  onChange: () => void = () => undefined;

  /** Phones cannot, and neither can pages opened over plain http. */
  readonly available = typeof navigator.mediaDevices?.getDisplayMedia === 'function';
  #closed = false;

  get on(): boolean {
    return this.picture !== undefined;
  }

  async start(): Promise<void> {
    this.problem = '';
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: PICTURE, audio: SOUND });
      this.#adopt(stream);
    } catch (error) {
      // Who thinks better of it in the browser's dialogue need not be told so.
      const cancelled = error instanceof DOMException && error.name === 'NotAllowedError';
      this.problem = cancelled ? '' : 'Cannot share your screen: the browser or the system does not give it.';
    }
    this.onChange();
  }

  stop(): void {
    this.picture?.stop();
    this.sound?.stop();
    this.picture = undefined;
    this.sound = undefined;
    this.onChange();
  }

  /** Goes on without its sound. */
  silence(): void {
    if (!this.sound) return;
    this.sound.stop();
    this.sound = undefined;
    this.onChange();
  }

  /** The others do not get to see it. */
  refused(error: unknown): void {
    const isTaken = error instanceof ServerError && error.code === 'LIMIT_EXCEEDED';
    this.problem = isTaken
      ? 'Somebody is sharing a screen already. Share yours when they have finished.'
      : 'Your screen could not be shared. Try again in a moment.';
    this.stop();
  }

  close(): void {
    this.#closed = true;
    this.onChange = () => undefined;
    this.stop();
  }

  #adopt(stream: MediaStream): void {
    // The dialogue may stay open for longer than the call.
    if (this.#closed || this.on) return stream.getTracks().forEach((track) => track.stop());
    [this.picture] = stream.getVideoTracks();
    [this.sound] = stream.getAudioTracks();
    if (!this.picture) return;
    const { picture, sound } = this;
    // Letters and lines rather than movement.
    picture.contentHint = 'detail';
    // Fires for the browser's own "Stop sharing", not when we stop it ourselves.
    picture.addEventListener('ended', () => this.picture === picture && this.stop());
    sound?.addEventListener('ended', () => {
      if (this.sound !== sound) return;
      this.sound = undefined;
      this.onChange();
    });
  }
}
