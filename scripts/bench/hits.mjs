// 1,000,000 hits through a whole session on the simulated kd, as fast as it prints them: none lost.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { row, timed } from './measure.mjs';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const HITS = Number(process.env.LIVEDEBUG_BENCH_HITS ?? 1_000_000);

export async function run() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug-bench-'));
  const books = path.join(folder, 'books.json');
  const run = path.join(folder, 'run');
  const env = {
    ...process.env,
    LIVEDEBUG_HOME: folder,
    LIVEDEBUG_PIPE_DIR: path.join(folder, 'p'),
    LIVEDEBUG_SIM_BOOKS: books,
    LIVEDEBUG_SIM_HITS: String(HITS),
  };
  const args = [
    'start',
    '--tag',
    'Ddk',
    '--kd',
    'sim:flood',
    '--break',
    'connected',
    '--max-hits',
    String(HITS),
    '--run-dir',
    run,
  ];
  try {
    const { code } = await timed(process.execPath, [main, ...args], { env });
    const events = readFileSync(path.join(run, 'events.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const armed = events.find(({ event }) => event === 'armed').mono_ms;
    const ending = events.find(({ event }) => event === 'ending').mono_ms;
    const result = events.at(-1);
    const told = JSON.parse(readFileSync(books, 'utf8')).hits;
    row(
      `${result.hits} hits (the target made ${told})`,
      `exit ${code}`,
      `${Math.round(result.hits / ((ending - armed) / 1000))} hits/s`,
      `${(result.log_bytes / 1e6 / ((ending - armed) / 1000)).toFixed(0)} MB/s`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
