// kd's output to disk: the session's own path (log, hits, events) fed by `cat FILE` against `cat FILE | cat > copy`,
// 1 GB, with peak memory. Aims: half the speed of cat, under 150 MB.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeHits } from './hit-log.mjs';
import { paired, row, timed } from './measure.mjs';

const GIGABYTE = Number(process.env.LIVEDEBUG_BENCH_BYTES ?? 1e9);
const pump = fileURLToPath(new URL('./pump.mjs', import.meta.url));

export async function run() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug-bench-'));
  try {
    for (const form of ['x64', 'x86']) await one(folder, form);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function one(folder, form) {
  const source = path.join(folder, `${form}.log`);
  const { hits } = writeHits(source, GIGABYTE, form);
  const copy = path.join(folder, 'copy');
  const result = path.join(folder, 'result.json');
  let last;
  const ours = async () => {
    rmSync(copy, { force: true });
    const { ms, code } = await timed(process.execPath, [pump, source, copy, result]);
    last = JSON.parse(readFileSync(result, 'utf8'));
    if (code !== 0 || last.hits !== hits || statSync(copy).size !== statSync(source).size)
      throw new Error('bytes or hits were lost');
    return ms;
  };
  const cat = async () => {
    rmSync(copy, { force: true });
    return (await timed('sh', ['-c', 'cat "$0" | cat > "$1"', source, copy])).ms;
  };
  execFileSync('cat', [source], { stdio: ['ignore', 'ignore', 'inherit'], maxBuffer: 1 });
  const { a, b, ratio } = await paired(3, ours, cat);
  const speed = (ms) => `${(statSync(source).size / 1e6 / (ms / 1000)).toFixed(0)} MB/s`;
  row(
    `${form}: ${hits} hits`,
    `session ${speed(a)}`,
    `cat ${speed(b)}`,
    `time ratio ${ratio.toFixed(2)}`,
    `peak ${(last.peak / 1e6).toFixed(0)} MB`,
  );
  rmSync(source);
  rmSync(copy);
}
