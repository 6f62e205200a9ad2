import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = globalThis.gc ?? runInNewContext('gc');

/** What is still in use after everything else was collected. @returns bytes */
export async function memory() {
  // What the first round sets free may hold more, and finalisers run between two rounds.
  for (let round = 0; round < 2; round++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}
