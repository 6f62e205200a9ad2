// Halted time to arm and to release, against what the simulated link itself costs. Aim: at most 50 ms more.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, row, timed } from './measure.mjs';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const RUNS = Number(process.env.LIVEDEBUG_BENCH_RUNS ?? 7);

export async function run() {
  for (const baud of [19200, 115200]) {
    const arm = [];
    const release = [];
    for (let n = 0; n < RUNS; n++) {
      const { halts } = await session(baud);
      arm.push(halts.at(0));
      release.push(halts.at(-1));
    }
    for (const [name, halts] of [
      ['arm', arm],
      ['release', release],
    ]) {
      const over = median(halts.map((halt) => halt.ms - halt.link_ms));
      const link = median(halts.map((halt) => halt.link_ms));
      row(`${name} at ${baud} baud`, `link ${link.toFixed(0)} ms`, `ours on top ${over.toFixed(1)} ms`);
    }
  }
}

async function session(baud) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug-bench-'));
  const books = path.join(folder, 'books.json');
  const args = ['start', '--tag', 'Ddk', '--kd', 'sim:bench', '--port', 'com1', '--baud', String(baud)];
  const env = {
    ...process.env,
    LIVEDEBUG_HOME: folder,
    LIVEDEBUG_PIPE_DIR: path.join(folder, 'p'),
    LIVEDEBUG_SIM_BOOKS: books,
  };
  const { code } = await timed(process.execPath, [main, ...args, '--break', 'connected', '--max-hits', '3'], { env });
  if (code !== 0) throw new Error(`the session ended with ${code}`);
  const text = readFileSync(books, 'utf8');
  rmSync(folder, { recursive: true, force: true });
  return JSON.parse(text);
}
