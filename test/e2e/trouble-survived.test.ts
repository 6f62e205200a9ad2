import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Laptop, portable } from './harness.js';

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

/** Scenarios of trouble that a session gets through by itself: name, what it has to say about it, and how it is tried. */
const survived: [scenario: string, says: RegExp, test: typeof portable][] = [
  ['connects-late', /Armed at/, portable],
  ['break-swallowed', /Armed at/, portable],
  ['break-while-halted', /Armed at/, portable],
  ['noise', /Armed at/, portable],
  ['foreign-commands', /Armed at/, portable],
  ['split-chunks', /Armed at/, portable],
  ['crlf-oem', /Armed at/, it],
  ['x86', /Armed at/, portable],
  ['x64-new', /Armed at/, portable],
  ['assertion', /stopped/, portable],
  ['int3', /stopped/, portable],
  ['link-loss', /link/, portable],
  ['kd-crash', /kd is gone/, portable],
  ['vm-pipe', /Armed at/, portable],
  ['halted-at-attach', /is halted already/, portable],
];

describe('trouble that a session gets through', () => {
  it('a kd that is started again goes on with the log of the first', { timeout: 90_000 }, async () => {
    const run = laptop.start('kd-crash', '--max-hits', '12');
    expect(await run.ended, run.err).toBe(0);
    const kdLog = readFileSync(path.join(laptop.runDirectory(), 'kd.log'), 'latin1');
    expect(kdLog.match(/^(?:\d+: )?(?:kd> )*RetAddr +: /gm)?.length).toBeGreaterThanOrEqual(11);
  });

  for (const [scenario, says, test] of survived) {
    test(scenario, { timeout: 90_000 }, async () => {
      const run = laptop.start(scenario, '--max-hits', '12');
      await laptop.until(() => run.child.exitCode !== null, 80_000);
      expect(await run.ended, run.err).toBe(0);
      expect(run.err).toMatch(says);
      await laptop.troubled();
      laptop.expectFree();
    });
  }

  portable('no-symbol: takes the place of newer kernels', async () => {
    const run = laptop.start('no-symbol', '--max-hits', '5');
    expect(await run.ended, run.err).toBe(0);
    expect(run.err).toContain('Breakpoint at nt!ExAllocateHeapSpecialPool');
    laptop.expectFree();
  });
});
