import { describe, expect, it } from 'vitest';
import { qualityLevel, trackScore } from '../src/quality';

describe('qualityLevel', () => {
  it('is good where nothing is known', () => expect(qualityLevel([], [])).toBe('good'));

  it('is the worst of all there is', () => {
    expect(qualityLevel(['low'], [10])).toBe('weak');
    expect(qualityLevel(['low', 'high'], [10])).toBe('poor');
    expect(qualityLevel([], [10, 6])).toBe('weak');
    expect(qualityLevel(['medium'], [3])).toBe('poor');
  });
});

describe('trackScore', () => {
  it('counts both ways of a track', () => {
    expect(trackScore({ score: 10, producerScore: 5 })).toBe(5);
    expect(trackScore({ score: 4, producerScore: 10 })).toBe(4);
  });

  it('does not blame anybody for what is not sent', () => expect(trackScore({ score: 10, producerScore: 0 })).toBe(10));
});
