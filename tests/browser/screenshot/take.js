/** Makes README's picture: a call of four, as one of them sees it. Usage: node take.js FILE.png */

import { Browser } from '../support/browser.js';
import { Server } from '../support/server.js';
import { waitFor } from '../support/wait.js';
import { replaceDevices } from './portrait.js';

const VIEWPORT = { width: 1280, height: 800 };

/** Pictures start blurred and become clear as the sender learns what the network carries. */
const CLEAR_AFTER_FRAMES = 400;

/** Milliseconds. */
const DEADLINE = 120_000;

const PEOPLE = [
  { name: 'Maya Lindgren', wall: '#6f8796', light: '#c4d3d8', skin: '#e2b08d', hair: '#5b3524', shirt: '#2f5d62', hairstyle: 'long', scene: 'window' },
  { name: 'Jonas Weber', wall: '#8b7a68', light: '#dccdb8', skin: '#f0c6a4', hair: '#7a4a28', shirt: '#31465f', hairstyle: 'beard', scene: 'lamp' },
  { name: 'Priya Nair', wall: '#7a6f8f', light: '#cfc6dc', skin: '#b07a52', hair: '#1d1a1c', shirt: '#b5533c', hairstyle: 'bun', scene: 'books', speaking: true },
  { name: 'Samuel Okafor', wall: '#5f7f6c', light: '#c3d5c4', skin: '#7d5236', hair: '#171413', shirt: '#d9a441', hairstyle: 'short', scene: 'plant', muted: true },
];

const [file] = process.argv.slice(2);
if (!file) {
  console.error('usage: node take.js FILE.png');
  process.exit(2);
}

console.log('Starting the server and a browser …');
const server = await Server.start();
const browser = await Browser.start();
try {
  const callers = [];
  for (const { name, muted, ...looks } of PEOPLE) {
    console.log(`${name} joins (${callers.length + 1} of ${PEOPLE.length}) …`);
    const caller = await browser.open(server, {
      name,
      room: 'monday-breakfast',
      viewport: VIEWPORT,
      prepare: replaceDevices,
      prepareWith: looks,
    });
    if (muted) await caller.press('Mute microphone');
    await caller.join();
    callers.push(caller);
  }
  const [viewer, ...others] = callers;
  await viewer.shows(...others);
  for (const other of others) await viewer.sees(other);
  console.log('Waiting for clear pictures …');
  await waitFor('clear pictures', DEADLINE, async () => {
    const { received } = await viewer.stats();
    const frames = received.filter(({ kind }) => kind === 'video').map(({ framesDecoded }) => framesDecoded);
    return (frames.length === 3 && Math.min(...frames) > CLEAR_AFTER_FRAMES) || `${frames} frames have come`;
  });
  await viewer.page.locator('.tile.speaking').waitFor();
  await viewer.page.mouse.move(0, 0); // where it points, a tile has a button
  await viewer.page.screenshot({ path: file });
} finally {
  await browser.close();
  await server.stop();
}
console.log(`Wrote ${file}`);
