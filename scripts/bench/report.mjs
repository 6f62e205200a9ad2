// `livedebug report` on generated logs, as whole processes: against `wc -l`, an awk that only counts hits, and the
// straightforward readline version of the analysis. Aims: 1 GB in twice the time of `wc -l`, 20 times the readline
// version, linear growth, under 250 MB. Sizes in MB: LIVEDEBUG_BENCH_REPORT=10,100.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeHits } from './hit-log.mjs';
import { paired, row, timed } from './measure.mjs';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const byReadline = fileURLToPath(new URL('./by-readline.mjs', import.meta.url));
const SIZES = (process.env.LIVEDEBUG_BENCH_REPORT ?? '10,100,1000,5000').split(',').map(Number);
const MANY = 20_000;
/** The readline version takes minutes for more than this. */
const READLINE_UP_TO = 1000;

export async function run() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug-bench-'));
  try {
    for (const form of ['x64', 'x86'])
      for (const distinct of [undefined, MANY])
        for (const megabytes of SIZES) {
          // The largest is there to show that growth is linear; once is enough for that.
          if (megabytes > 1000 && (form !== 'x64' || distinct !== undefined)) continue;
          await one(path.join(folder, 'hits.log'), form, distinct, megabytes);
        }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function one(file, form, distinct, megabytes) {
  const { hits } = writeHits(file, megabytes * 1e6, form, distinct);
  const args = [main, 'report', file, '--json', '--top', '10'];
  const report = async () => {
    const { ms, code } = await timed(process.execPath, args);
    if (code !== 0) throw new Error(`the report ended with ${code}`);
    return ms;
  };
  const against = async (command, ...words) => (await timed(command, words)).ms;
  const runs = megabytes > 1000 ? 1 : 5;
  const { peak, found } = await watched(args);
  if (found !== hits) throw new Error(`${hits} hits were written and ${found} found`);
  const wc = await paired(runs, report, () => against('wc', '-l', file));
  const awk = await paired(Math.min(runs, 3), report, () => against('awk', '/RetAddr/{n++}END{print n}', file));
  const cells = [
    `${Math.round(wc.a)} ms`,
    `wc ${Math.round(wc.b)} ms, ratio ${wc.ratio.toFixed(2)}`,
    `awk ratio ${awk.ratio.toFixed(2)}`,
  ];
  if (megabytes <= READLINE_UP_TO && distinct === undefined) {
    const ms = await against(process.execPath, byReadline, file);
    cells.push(`readline ${(ms / wc.a).toFixed(1)} times`);
  }
  row(`${form} ${megabytes} MB, ${distinct ?? 'few'} stacks`, ...cells, `peak ${Math.round(peak / 1e6)} MB`);
  rmSync(file);
}

/** Runs once more, looking at memory where Linux shows it. @returns peak bytes, and the hits of the report */
function watched(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    let peak = 0;
    const timer = setInterval(() => {
      try {
        const line = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'));
        if (line) peak = Number(line[1]) * 1024;
      } catch {
        // It has just ended, or this is not Linux.
      }
    }, 5);
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.once('error', reject);
    child.once('close', () => {
      clearInterval(timer);
      resolve({ peak, found: JSON.parse(text).hits });
    });
  });
}
