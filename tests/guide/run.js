// Runs the commands of a document as they stand in it: every ```bash block, one after another, in one shell. What a
// block prints has to be what the ```text block behind it says, "…" standing for anything within a line; without one,
// nothing.
//
//   node run.js DOCUMENT FOLDER     FOLDER: where the shell begins; what the commands leave behind stays there
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DEADLINE_MS = 180_000;
const MARK = '\u0001';

const [document, folder] = process.argv.slice(2);

function blocksOf(text) {
  const blocks = [];
  for (const [, language, body] of text.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    if (language === 'bash') blocks.push({ commands: body, expected: '' });
    else if (language === 'text') blocks.at(-1).expected += body;
    else throw new Error(`a block of ${language}: is it to be run?`);
  }
  return blocks;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const fits = (expected, printed) => new RegExp(`^${expected.split('…').map(escaped).join('.*')}$`).test(printed);

function run(script) {
  const shell = spawn('bash', ['--noprofile', '--norc', script], { cwd: folder, detached: true });
  const end = () => {
    try {
      process.kill(-shell.pid, 'SIGKILL');
    } catch {
      // All have ended by themselves.
    }
  };
  const deadline = setTimeout(end, DEADLINE_MS);
  process.once('exit', end);
  let [out, err] = ['', ''];
  shell.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  shell.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  return new Promise((resolve) => {
    shell.once('exit', (code, signal) => {
      clearTimeout(deadline);
      end();
      resolve({ out, err, how: signal ?? code });
    });
  });
}

const blocks = blocksOf(readFileSync(document, 'utf8'));
const script = blocks.map(({ commands }) => `${commands}printf '${MARK}'\n`).join('');
const path = join(folder, 'commands.sh');
writeFileSync(path, `set -euo pipefail\n${script}`);
const { out, err, how } = await run(path);

const printed = out.split(MARK);
const wrong = blocks.findIndex(({ expected }, at) => at >= printed.length - 1 || !fits(expected, printed[at]));
if (wrong >= 0 || how !== 0) {
  const { commands, expected } = blocks[Math.max(wrong, 0)];
  console.error(`${document}, block ${wrong + 1} of ${blocks.length}:\n${commands}`);
  console.error(`should print:\n${expected}\nprinted:\n${printed[wrong] ?? ''}\nthe shell ended by ${how}, and said:\n${err}`);
  for (const name of readdirSync(join(folder, 'guide')).filter((name) => /\.(log|out|json)$/.test(name))) {
    console.error(`--- ${name}\n${readFileSync(join(folder, 'guide', name), 'utf8')}`);
  }
  process.exit(1);
}
console.log(`${document}: all ${blocks.length} blocks do what they say`);
