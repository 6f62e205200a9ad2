import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** The middle of some numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Runs a whole process. @returns wall milliseconds, and peak memory in bytes of the process itself where Linux tells */
export function timed(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore'], ...options });
    child.once('error', reject);
    child.once('close', (code) => resolve({ ms: performance.now() - start, code }));
  });
}

/** A and B in turn, so that a machine that changes its speed does not favour either. @returns medians and their ratio */
export async function paired(runs, a, b) {
  const times = { a: [], b: [] };
  for (let n = 0; n <= runs; n++) {
    const [one, other] = [await a(), await b()];
    if (n === 0) continue;
    times.a.push(one);
    times.b.push(other);
  }
  return {
    a: median(times.a),
    b: median(times.b),
    ratio: median(times.a.map((each, index) => each / times.b[index])),
  };
}

export function row(name, ...cells) {
  process.stdout.write(`${name.padEnd(38)} ${cells.join('   ')}\n`);
}
