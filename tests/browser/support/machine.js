/** What the machine under the tests is busy with. */

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** In one second (`USER_HZ`, the same on every Linux). */
const TICKS = 100;

/** Milliseconds since the start for which a processor had something to do and was given to another machine, on average. */
export function stolen() {
  const [, ...ticks] = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/);
  // user, nice, system, idle, iowait, irq, softirq, steal: see proc_stat(5).
  return (Number(ticks[7]) * 1_000) / TICKS / availableParallelism();
}
