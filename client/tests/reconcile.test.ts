import { describe, expect, it } from 'vitest';
import { compareOwn, compareRemote } from '../src/reconcile';

const peer = (peerId: string, ...producers: [string, boolean][]) => ({
  peerId,
  userId: peerId,
  producers: producers.map(([producerId, paused]) => ({ producerId, kind: 'audio' as const, paused })),
});
const own = (...consumerIds: string[]) => ({
  transports: [],
  producers: [],
  consumers: consumerIds.map((consumerId) => ({ consumerId, producerId: '', producerPaused: false, layers: null })),
});

describe('what is received', () => {
  it('needs nothing when nothing changed', () => {
    const tracks = [{ producerId: 'p', consumerId: 'c' }];
    expect(compareRemote(['ada'], tracks, [peer('ada', ['p', true])], own('c'))).toEqual({
      peersGone: [],
      gone: [],
      again: [],
      paused: new Map([['p', true]]),
    });
  });

  it('loses peers and producers that are there no more', () => {
    const tracks = [
      { producerId: 'p', consumerId: 'c' },
      { producerId: 'q', consumerId: 'd' },
    ];
    const changes = compareRemote(['ada', 'ben'], tracks, [peer('ada', ['q', false])], own('d'));
    expect([changes.peersGone, changes.gone, changes.again]).toEqual([['ben'], ['p'], []]);
  });

  it('asks again for what the server does not send, or was never asked for', () => {
    const tracks = [
      { producerId: 'p', consumerId: 'c' },
      { producerId: 'q', consumerId: undefined },
    ];
    const changes = compareRemote(['ada'], tracks, [peer('ada', ['p', false], ['q', false])], own());
    expect(changes.again).toEqual(['p', 'q']);
  });
});

describe('what is sent', () => {
  it('needs nothing when nothing changed', () => {
    const producers = [{ producerId: 'p', paused: true }];
    expect(compareOwn(producers, producers)).toEqual({ lost: [], strays: [], pause: [], resume: [] });
  });

  it('is paused and resumed as it is here', () => {
    const here = [
      { producerId: 'p', paused: true },
      { producerId: 'q', paused: false },
    ];
    const there = [
      { producerId: 'p', paused: false },
      { producerId: 'q', paused: true },
    ];
    expect(compareOwn(here, there)).toEqual({ lost: [], strays: [], pause: ['p'], resume: ['q'] });
  });

  it('is made again, or closed, where only one side has it', () => {
    const changes = compareOwn([{ producerId: 'here', paused: true }], [{ producerId: 'there', paused: false }]);
    expect(changes).toEqual({ lost: ['here'], strays: ['there'], pause: [], resume: [] });
  });
});
