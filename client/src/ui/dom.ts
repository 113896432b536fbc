/** Elements without a framework, and without markup in strings: the page's security policy allows neither eval nor inline code. */

type Attributes = Record<string, string | boolean | undefined>;

/** Makes an element. `true` sets an attribute without a value, `false` and `undefined` leave it out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children);
  return node;
}

/** Drawn on a field of 24 by 24, as strokes. */
const ICONS = {
  microphone: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5.5 11v1a6.5 6.5 0 0 0 13 0v-1M12 18.5V21.5',
  microphoneOff: 'M9 9.5V12a3 3 0 0 0 4.6 2.5M15 11V6a3 3 0 0 0-5.9-.8M5.5 11v1a6.5 6.5 0 0 0 10 5.5M18.5 11v1c0 .7-.1 1.4-.3 2M12 18.5V21.5M3.5 3.5l17 17',
  camera: 'M4.5 6.5h9a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM15.5 10.5l6-3.5v10l-6-3.5',
  cameraOff: 'M9.5 6.5h4a2 2 0 0 1 2 2v2l6-3.5v10l-2.5-1.5M15.5 15.5a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2M3.5 3.5l17 17',
  leave: 'M2 15.4c0-7.6 20-7.6 20 0v1.4a1.7 1.7 0 0 1-2.1 1.7l-3.6-.9a1.7 1.7 0 0 1-1.3-1.7v-1.7c-2-.5-4-.5-6 0v1.7a1.7 1.7 0 0 1-1.3 1.7l-3.6.9A1.7 1.7 0 0 1 2 16.8z',
  link: 'M10 14a4 4 0 0 0 5.7 0l3.2-3.2a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.2 3.2a4 4 0 0 0 5.7 5.7l1.2-1.2',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  shuffle: 'M4 7h3.5c4.5 0 4.5 10 9 10H20M4 17h3.5c1.5 0 2.5-1.1 3.3-2.5M13.2 9.5C14 8.1 15 7 16.5 7H20M17.5 4.5L20 7l-2.5 2.5M17.5 14.5L20 17l-2.5 2.5',
  people: 'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5a6.5 6.5 0 0 1 13 0M16 4.8a3.5 3.5 0 0 1 0 6.4M18.5 14.2a6.5 6.5 0 0 1 3 5.3',
  sound: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11',
  screen: 'M4.5 4.5h15a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 15V6a1.5 1.5 0 0 1 1.5-1.5zM8.5 20h7M12 13.5v-6M9.3 10.2L12 7.5l2.7 2.7',
  screenOff: 'M4.5 4.5h15a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 15V6a1.5 1.5 0 0 1 1.5-1.5zM8.5 20h7M9.5 8l5 5M14.5 8l-5 5',
  chat: 'M6 4.5h12a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1-2.5 2.5h-6.5L7 20.5v-4H6A2.5 2.5 0 0 1 3.5 14V7A2.5 2.5 0 0 1 6 4.5zM8 9h8M8 12.2h5',
  figures: 'M4 20h16M7 16.5v-5M12 16.5V5M17 16.5V9',
  send: 'M4.5 12L20 4.5 15.5 20l-4-6.5zM11.5 13.5L20 4.5',
  close: 'M6 6l12 12M18 6L6 18',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  lock: 'M7 11h10a1.5 1.5 0 0 1 1.5 1.5v6A1.5 1.5 0 0 1 17 20H7a1.5 1.5 0 0 1-1.5-1.5v-6A1.5 1.5 0 0 1 7 11zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11',
  unlock: 'M7 11h10a1.5 1.5 0 0 1 1.5 1.5v6A1.5 1.5 0 0 1 17 20H7a1.5 1.5 0 0 1-1.5-1.5v-6A1.5 1.5 0 0 1 7 11zM8.5 11V7.5a3.5 3.5 0 0 1 6.8-1.2',
  end: 'M12 3.5v8M7 6.2a8 8 0 1 0 10 0',
  enlarge: 'M14 4.5h5.5V10M10 19.5H4.5V14M19.5 4.5L13 11M4.5 19.5L11 13',
  shrink: 'M19 10.5h-5.5V5M5 13.5h5.5V19M13.5 10.5L20 4M10.5 13.5L4 20',
} as const;

export type IconName = keyof typeof ICONS;

/** A picture beside or instead of words; it says nothing to screen readers, its button does. */
export function icon(name: IconName): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  const path = document.createElementNS(namespace, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}
