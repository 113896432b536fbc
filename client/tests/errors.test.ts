import { describe, expect, it } from 'vitest';
import { ServerError, describeDeviceErrors, describeRequestError } from '../src/errors';

describe('describeRequestError', () => {
  it('has words for what a person can act on, and none of the server’s inner text', () => {
    expect(describeRequestError(new ServerError('ROOM_FULL', 'room 7: 50/50'))).toBe(
      'This room is full. Try again when somebody has left.',
    );
  });

  it('names the code of anything else, so that it can be reported', () => {
    expect(describeRequestError(new ServerError('INTERNAL', 'req 1'))).toContain('INTERNAL');
  });

  it('says so when the browser is too old', () => {
    const error = new Error('device not supported');
    error.name = 'UnsupportedError';
    expect(describeRequestError(error)).toContain('browser');
  });

  it('has something to say about anything', () => {
    expect(describeRequestError(undefined)).toMatch(/\.$/);
  });
});

describe('describeDeviceErrors', () => {
  it('is silent where all is well', () => expect(describeDeviceErrors({})).toBe(''));

  it('makes one sentence of the same trouble with both', () => {
    const text = describeDeviceErrors({ camera: 'NotAllowedError', microphone: 'NotAllowedError' });
    expect(text).toContain('camera and microphone');
    expect(text.match(/may not use/g)).toHaveLength(1);
  });

  it('tells different troubles apart', () => {
    const text = describeDeviceErrors({ camera: 'NotFoundError', microphone: 'NotReadableError' });
    expect(text).toBe('No camera found. Cannot start your microphone: another program may be using it.');
  });
});
