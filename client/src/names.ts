/** Names of rooms and people: suggestions, tidying, and what stands for a person without a picture. */

const ADJECTIVES = [
  'amber', 'brave', 'calm', 'clever', 'cosy', 'early', 'gentle', 'golden', 'happy', 'honest', 'jolly', 'kind',
  'little', 'lucky', 'merry', 'mild', 'noble', 'quick', 'quiet', 'silver', 'sunny', 'swift', 'warm', 'wise',
];
const NOUNS = [
  'badger', 'beech', 'brook', 'cedar', 'comet', 'falcon', 'fern', 'harbour', 'heron', 'island', 'lantern', 'lark',
  'maple', 'meadow', 'otter', 'pebble', 'plum', 'river', 'robin', 'sparrow', 'thistle', 'valley', 'willow', 'wren',
];

/** A room name that is easy to say aloud, such as `sunny-otter-482`. */
export function suggestRoom(random: () => number = Math.random): string {
  const pick = (words: string[]) => words[Math.floor(random() * words.length)];
  return `${pick(ADJECTIVES)}-${pick(NOUNS)}-${100 + Math.floor(random() * 900)}`;
}

/** Spaces become hyphens, so that a name survives being put in a link and read out. */
export function tidyRoom(text: string): string {
  return text.trim().replace(/\s+/g, '-');
}

/** One or two letters for a picture's place. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s._-]+/).filter(Boolean);
  const first = words[0];
  if (!first) return '?';
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return [first, last].map((word) => (word ? ([...word][0] ?? '') : '')).join('').toUpperCase();
}

/** One of `count` colours for a person, the same on every page. */
export function colourIndex(id: string, count: number): number {
  let hash = 7;
  for (const char of id) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash % count;
}

/** A random id. `crypto.randomUUID` would do, but browsers hide it from pages opened over plain http. */
export function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
