import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds between two looks. */
const INTERVAL = 100;

/**
 * Looks at `probe` until it gives something, and returns that. A text counts as what is still missing, unless it is
 * a URL: it is named when the deadline (milliseconds) passes.
 */
export async function waitFor(what, deadline, probe) {
  const end = Date.now() + deadline;
  for (;;) {
    const seen = await probe();
    const missing = typeof seen === 'string' && !seen.startsWith('http');
    if (seen && !missing) return seen;
    if (Date.now() > end) throw new Error(`waited ${deadline / 1000} s for ${what}${missing ? `, but: ${seen}` : ''}`);
    await delay(INTERVAL);
  }
}

/** What `promise` gives, unless the deadline (milliseconds) passes first. */
export async function within(deadline, promise) {
  const late = new AbortController();
  const alarm = delay(deadline, undefined, { signal: late.signal }).then(() => {
    throw new Error(`not done after ${deadline / 1000} s`);
  });
  try {
    return await Promise.race([promise, alarm]);
  } finally {
    late.abort();
    alarm.catch(() => {});
  }
}
