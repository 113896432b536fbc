/** This person's camera and microphone: opened as far as the browser lets us, and never in the way of joining. */

import { describeDeviceErrors, type DeviceErrors, type DeviceKind } from './errors';
import type { VideoFormat } from './options';

const AUDIO: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class LocalMedia {
  /** The open microphone; stays open while muted, so that unmuting is immediate. */
  microphone: MediaStreamTrack | undefined;
  /** The running camera; a camera that is off is stopped, and its light goes out. */
  camera: MediaStreamTrack | undefined;
  /** Called whenever a device came, went, or was switched. */
  onChange: () => void = () => undefined;

  readonly #format: VideoFormat;
  /** What the person asked for, kept apart from what there is: it outlives a refusal, and the end of a call. */
  readonly #wanted: Record<DeviceKind, boolean> = { microphone: true, camera: true };
  #errors: DeviceErrors = {};
  readonly #barred = new Set<DeviceKind>();
  /** Counts closings: a device that opens after one is stopped at once. */
  #closings = 0;

  constructor(format: VideoFormat) {
    this.#format = format;
  }

  get microphoneOn(): boolean {
    return this.microphone !== undefined && this.#wanted.microphone;
  }

  get cameraOn(): boolean {
    return this.camera !== undefined;
  }

  /** What to tell the person about devices that could not be had; empty if all is well. */
  get problem(): string {
    return describeDeviceErrors(this.#errors);
  }

  /** Asks for both devices with one question, then for each alone, so that a missing camera costs nobody the microphone. */
  async open(): Promise<void> {
    this.#errors = {};
    const both = this.#wanted.camera && (await this.#capture('microphone', 'camera').catch(() => false));
    if (!both) {
      const devices: DeviceKind[] = this.#wanted.camera ? ['microphone', 'camera'] : ['microphone'];
      await Promise.all(devices.map((device) => this.#openOne(device)));
    }
    this.onChange();
  }

  async setMicrophone(on: boolean): Promise<void> {
    this.#wanted.microphone = on;
    if (on && !this.microphone) await this.#openOne('microphone');
    if (this.microphone) this.microphone.enabled = this.#wanted.microphone;
    this.onChange();
  }

  async setCamera(on: boolean): Promise<void> {
    this.#wanted.camera = on;
    if (!on) this.#release('camera');
    else if (!this.camera) await this.#openOne('camera');
    this.onChange();
  }

  /** What may not be sent does not run: given back to the system, and not opened until this is over. */
  bar(device: DeviceKind, barred: boolean): void {
    if (this.#barred.has(device) === barred) return;
    if (!barred) {
      this.#barred.delete(device);
      return;
    }
    this.#barred.add(device);
    this.#wanted[device] = false;
    this.#release(device);
    this.onChange();
  }

  close(): void {
    this.#closings++;
    this.#barred.clear();
    this.#release('camera');
    this.#release('microphone');
    this.onChange();
  }

  async #openOne(device: DeviceKind): Promise<void> {
    delete this.#errors[device];
    try {
      await this.#capture(device);
    } catch (error) {
      this.#errors[device] = error instanceof Error ? error.name : '';
    }
  }

  async #capture(...devices: DeviceKind[]): Promise<true> {
    // Pages opened over plain http from another machine have no mediaDevices at all.
    if (!navigator.mediaDevices) throw new DOMException('not a secure context', 'InsecureContext');
    const closings = this.#closings;
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: devices.includes('microphone') && AUDIO,
      video: devices.includes('camera') && this.#videoConstraints(),
    });
    for (const track of stream.getTracks()) {
      const device = track.kind === 'video' ? 'camera' : 'microphone';
      // Opening takes time, in which the camera may have been switched off again or the call left.
      const unwanted = this.#barred.has(device) || (device === 'camera' && !this.#wanted.camera);
      const late = closings !== this.#closings || unwanted;
      if (late || this[device]) track.stop();
      else this.#adopt(device, track);
    }
    return true;
  }

  #adopt(device: DeviceKind, track: MediaStreamTrack): void {
    this[device] = track;
    track.enabled = this.#wanted[device];
    // Fires when the device is unplugged or its permission withdrawn, not when we stop it ourselves.
    track.addEventListener('ended', () => {
      if (this[device] !== track) return;
      this[device] = undefined;
      this.#errors[device] = 'Disconnected';
      this.onChange();
    });
  }

  #release(device: DeviceKind): void {
    this[device]?.stop();
    this[device] = undefined;
  }

  #videoConstraints(): MediaTrackConstraints {
    const { width, height, frameRate } = this.#format;
    return { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frameRate }, facingMode: 'user' };
  }
}
