import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { Cable, hasSocat, serialBench, socketBench } from './other-ends.js';
import { streamContract } from './stream-contract.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'some streams '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let places = 0;

// Windows has neither of the first two; its own are in test/windows.
if (process.platform !== 'win32')
  streamContract({
    name: 'a Unix socket',
    plenty: 4 << 20,
    showsEnd: true,
    hasHalves: true,
    bench: (greeting) => socketBench({ path: path.join(folder, `com ${places++}`) }, greeting),
  });

streamContract({
  name: 'a serial port, on a pseudo terminal (skipped where there is no socat)',
  missing: !hasSocat,
  plenty: 512 << 10,
  showsEnd: true,
  hasHalves: false,
  bench: async (greeting) => {
    const cable = await new Cable().plug();
    return serialBench(
      cable.ends,
      greeting,
      () => cable.pull(),
      () => cable.close(),
    );
  },
});

for (const host of ['127.0.0.1', '::1'])
  streamContract({
    name: `TCP at ${host}`,
    plenty: 16 << 20,
    showsEnd: true,
    hasHalves: true,
    bench: (greeting) => socketBench({ host, port: 0 }, greeting),
  });
