/** What the processes of a browser cost. */

import { readFile, readdir } from 'node:fs/promises';

/** Of /proc: the kernel counts processor time in these. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that a process group has used until now; those of processes that have ended are lost. */
export async function cpuSeconds(group) {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const ticks = await Promise.all(ids.map((id) => ticksOf(id, group)));
  return ticks.reduce((sum, count) => sum + count, 0) / TICKS_PER_SECOND;
}

async function ticksOf(id, group) {
  let line;
  try {
    line = await readFile(`/proc/${id}/stat`, 'utf8');
  } catch {
    return 0; // it has just ended
  }
  // The program's name, in parentheses, may contain blanks.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return Number(fields[2]) === group ? Number(fields[11]) + Number(fields[12]) : 0;
}
