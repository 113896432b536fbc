/** Sharing a screen: browsers in tests give a moving picture for one, without asking. */

import { waitFor } from './wait.js';

/** Milliseconds. */
const DEADLINE = 30_000;

/** To run ahead of a page's own code: remembers what was shared, for {@link stopInBrowser}. */
export function rememberScreen() {
  const original = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getDisplayMedia = async (constraints) => (window.sharedScreen = await original(constraints));
}

/** What the browser's own "Stop sharing" does: the tracks end, and the page is told. */
export function stopInBrowser(caller) {
  return caller.page.evaluate(() => {
    for (const track of window.sharedScreen.getTracks()) {
      track.stop();
      track.dispatchEvent(new Event('ended'));
    }
  });
}

/** Waits until the page shows these people's screens, large, and nobody else's. */
export async function showsScreensOf(caller, ...others) {
  await waitFor(`${caller.name} to be shown ${others.length} screens`, DEADLINE, async () => {
    const shown = await caller.page.locator('.large .tile.screen .tile-name').allTextContents();
    const wanted = others.map(({ name }) => `${name}’s screen`);
    return JSON.stringify(shown.sort()) === JSON.stringify(wanted.sort()) || `shown: ${shown.join(', ') || 'none'}`;
  });
}

/** Waits until more pictures of the other's screen, and more of its sound, have come. */
export async function receivesScreenOf(caller, other) {
  const figures = async () => {
    const tracks = (await caller.stats())?.received.filter(({ name }) => name === other.name) ?? [];
    const of = (source) => tracks.find((track) => track.source === source);
    return [of('screen')?.framesDecoded ?? 0, of('screenAudio')?.bytesReceived ?? 0];
  };
  const before = await figures();
  await waitFor(`${caller.name} to receive the screen of ${other.name}`, DEADLINE, async () => {
    const now = await figures();
    // A stream that begins anew counts anew.
    return now.every((figure, index) => figure > 5 && figure !== before[index]) || `from ${before} to ${now}`;
  });
}
