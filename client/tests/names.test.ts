import { describe, expect, it } from 'vitest';
import { colourIndex, initials, randomId, suggestRoom, tidyRoom } from '../src/names';

describe('initials', () => {
  it.each([
    ['Ada Lovelace', 'AL'],
    ['Johann Sebastian Bach', 'JB'],
    ['grace', 'G'],
    ['  zoë  ', 'Z'],
    ['jean-luc', 'JL'],
    ['🦊 fox', '🦊F'],
    ['', '?'],
  ])('of %j are %j', (name, expected) => expect(initials(name)).toBe(expected));
});

describe('rooms', () => {
  it('are suggested as names that need no escaping in a link', () => {
    for (const random of [() => 0, () => 0.5, () => 0.999999]) {
      const room = suggestRoom(random);
      expect(room).toMatch(/^[a-z]+-[a-z]+-\d{3}$/);
      expect(encodeURIComponent(room)).toBe(room);
    }
  });

  it('lose their spaces and nothing else', () => {
    expect(tidyRoom('  Monday  stand up ')).toBe('Monday-stand-up');
    expect(tidyRoom('Käse_42')).toBe('Käse_42');
  });
});

describe('colours', () => {
  it('are the same for the same person, and within range', () => {
    for (const id of ['', 'Ada', 'a much longer name than usual', '🦊']) {
      expect(colourIndex(id, 8)).toBe(colourIndex(id, 8));
      expect(colourIndex(id, 8)).toBeGreaterThanOrEqual(0);
      expect(colourIndex(id, 8)).toBeLessThan(8);
    }
  });
});

describe('random ids', () => {
  it('differ', () => expect(randomId()).not.toBe(randomId()));
});
