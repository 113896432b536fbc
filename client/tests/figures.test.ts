import { describe, expect, it } from 'vitest';
import { describeCall } from '../src/figures';
import { Rates } from '../src/rates';
import type { CallStats, ReceivedStats, SentLayer } from '../src/stats';

const path = { state: 'connected', protocol: 'udp', candidateType: 'host', roundTripTime: 0.0123, remotePort: 1, iceUsername: undefined };

const received = (part: Partial<ReceivedStats>): ReceivedStats => ({
  peerId: 'ada', name: 'Ada', producerId: 'p', kind: 'video', source: 'camera', codec: 'video/VP8',
  bytesReceived: 0, packetsReceived: 0, packetsLost: 0, jitter: 0.004, framesDecoded: 0, framesPerSecond: 15,
  frameWidth: 640, frameHeight: 360, layers: { spatialLayer: 1, temporalLayer: 2 }, totalAudioEnergy: 0, ...part,
});

const layer = (part: Partial<SentLayer>): SentLayer => ({
  layer: 0, active: true, bytesSent: 0, packetsSent: 0, packetsLost: 0,
  frameWidth: 320, frameHeight: 180, framesPerSecond: 15, scalabilityMode: 'L1T3', ...part,
});

const call = (part: Partial<CallStats>): CallStats => ({ send: path, receive: path, sent: [], received: [], ...part });

describe('describeCall', () => {
  it('has rates from the second look on', () => {
    const rates = new Rates();
    rates.begin(0);
    describeCall(call({ received: [received({})] }), rates);
    rates.begin(2_000);
    const track = received({ bytesReceived: 125_000, packetsReceived: 95, packetsLost: 5 });
    expect(describeCall(call({ received: [track] }), rates).get('ada')).toEqual([
      'udp · host · 12 ms',
      'VP8 · layer 1/2 · 640×360 · 15 fps · 500 kbit/s · 5.0 % lost · jitter 4 ms',
    ]);
  });

  it('puts a screen on its own tile', () => {
    const tracks = [received({}), received({ producerId: 'q', source: 'screen' }), received({ producerId: 'r', source: 'screenAudio', kind: 'audio' })];
    const lines = describeCall(call({ received: tracks }), new Rates());
    expect(lines.get('ada')).toHaveLength(2);
    expect(lines.get('ada screen')).toHaveLength(3);
  });

  it('tells layers that are sent from those that nobody watches', () => {
    const sent = [{ producerId: 'p', source: 'camera' as const, codec: 'video/VP8', layers: [layer({}), layer({ layer: 1, active: false })] }];
    expect(describeCall(call({ sent }), new Rates()).get('own')).toEqual([
      'udp · host · 12 ms',
      'camera VP8',
      'layer 0 · 320×180 · 15 fps',
      'layer 1 · not watched',
    ]);
  });

  it('says so where there is no path', () => {
    const send = { ...path, protocol: undefined, candidateType: undefined, roundTripTime: undefined };
    expect(describeCall(call({ send }), new Rates()).get('own')).toEqual(['no path']);
  });
});

describe('Rates', () => {
  it('begin anew when a counter does', () => {
    const rates = new Rates();
    rates.begin(0);
    rates.rate('bytes', 500);
    rates.begin(1_000);
    expect(rates.rate('bytes', 100)).toBeUndefined();
    rates.begin(2_000);
    expect(rates.rate('bytes', 300)).toBe(200);
  });
});
