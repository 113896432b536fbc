/** When the pictures of somebody else are shown, one by one. */

/** Begins to note every picture of the other that this page shows: how wide it is, and when, in milliseconds. */
export async function watchPicture(caller, other) {
  await caller.page.evaluate((name) => {
    const tiles = [...document.querySelectorAll('.tile:not(.own)')];
    const tile = tiles.find((candidate) => candidate.querySelector('.tile-name').textContent === name);
    const video = tile.querySelector('video');
    window.pictures = [];
    const note = (now, { width }) => {
      window.pictures.push({ at: now, width });
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  }, other.name);
}

/** The page's clock. */
export function now(caller) {
  return caller.page.evaluate(() => performance.now());
}

/** What was shown since then. */
export function picturesSince(caller, time) {
  return caller.page.evaluate((since) => window.pictures.filter(({ at }) => at >= since), time);
}

/** The longest time without a new picture, from one moment to another. */
export function longestFreeze(pictures, from, to) {
  const times = [from, ...pictures.map(({ at }) => at).filter((at) => at > from && at < to), to];
  return Math.max(...times.slice(1).map((at, index) => at - times[index]));
}
