import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TargetBooks } from '../../src/simulator/stub/statistics/target-statistics.js';
import { Laptop, type Run } from '../e2e/harness.js';

// The Windows tier names a port with a simulated target of x64 behind it, and the target's books.
const { LIVEDEBUG_TEST_TARGET_COM: port = '', LIVEDEBUG_TEST_TARGET_BOOKS: booksFile = '' } = process.env;
const SYMBOLS = fileURLToPath(new URL('../../fixtures/images/x64', import.meta.url));
const HITS = 10;
const HIT = `RetAddr               : Args to Child${' '.repeat(59)}: Call Site`;
/** What kb shows of a stack at most. */
const FRAMES = 20;

const books = (): TargetBooks => JSON.parse(readFileSync(booksFile, 'utf8')) as TargetBooks;

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

/** The target runs, with nothing left in it, and nothing was done to it that nobody may do. */
async function isFree(): Promise<void> {
  await expect.poll(() => books().target, { timeout: 10_000 }).toMatchObject({ state: 'running', breakpoints: 0 });
  expect(books()).toMatchObject({ violations: [], damages: [], bug_checks: [], hits_lost: 0 });
}

function type(run: Run, ...lines: string[]): void {
  run.child.stdin?.write(`${lines.join('\n')}\n`);
}

/** The stack of every hit that was printed in full: names of functions, the innermost one first. */
function stacks(text: string): string[][] {
  return text
    .split(HIT)
    .slice(1, 1 + HITS)
    .map((hit) => [...hit.matchAll(/^[0-9a-f`]{17} +: .* : (.*?)\r?$/gm)].map(([, site = '']) => site))
    .map((sites) => sites.map((site) => site.replace(/\+0x[0-9a-f]+$/, '')));
}

const ALLOCATION = ['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag'];
const THREAD = ['nt!PspSystemThreadStartup', 'nt!KiThreadStartup'];
/** A system call; the program that made it has no symbols here. */
const CALL = ['nt!KiSystemServiceExit', expect.stringMatching(/^0x[0-9a-f]+$/)];
/** Ways on which the leaking driver allocates, up to where its own thread or its dispatch routine begins. */
const LEAKS = [
  ['LeakyFillBatch', 'LeakyBatchThread'],
  ['LeakyRefreshCache', 'LeakyWorkItem'],
  ['LeakyBuildReply', 'LeakyDeviceControl'],
].map((functions) => ['LeakyAllocate', ...functions].map((name) => `leakydrv!${name}`));

describe.skipIf(port === '')('the built-in kd at a COM port', () => {
  it('attaches, breaks in, shows who allocates, and leaves', async () => {
    const run = laptop.run(['kd', '-k', `com:port=${port},baud=115200`, '-y', SYMBOLS]);
    await run.sees('Waiting to reconnect');
    await run.interrupt();
    await run.sees(/\nkd> $/);
    expect(run.out).toContain(`Opened \\\\.\\${port}`);
    type(run, 'bp nt!MmAllocateSpecialPool ";kb;g"', 'g');
    await expect.poll(() => run.out.split(HIT).length - 1, { timeout: 60_000 }).toBeGreaterThan(HITS);
    await run.interrupt();
    await run.sees(/\nkd> $/);
    type(run, 'bc *', 'g', '\x02');
    expect(await run.ended, run.out).toBe(0);
    await isFree();

    const found = stacks(run.out);
    expect(found).toHaveLength(HITS);
    for (const stack of found) {
      expect(stack.slice(0, 2)).toEqual(ALLOCATION);
      if (stack.length < FRAMES) expect([THREAD, CALL]).toContainEqual(stack.slice(-2));
      for (const site of stack.slice(0, -1)) expect(site).toMatch(/^\w+!\w+$/);
    }
    const leaks = found.filter((stack) => stack[2] === 'leakydrv!LeakyAllocate');
    expect(leaks).not.toEqual([]);
    for (const leak of leaks) expect(LEAKS).toContainEqual(leak.slice(2, 5));
  });

  it('does the whole job of a session', async () => {
    const { hits } = books();
    const words = ['start', '--tag', 'Ddk', '--kd', 'builtin', '--port', port, '--baud', '115200'];
    const run = laptop.run([...words, '--symbols', SYMBOLS, '--break', 'now', '--max-hits', String(HITS)]);
    expect(await run.ended, run.err).toBe(0);
    expect(run.err).toContain('Armed at nt!MmAllocateSpecialPool');
    await isFree();
    expect(books().hits).toBeGreaterThanOrEqual(hits + HITS);
    const report = laptop.run(['report', path.join(laptop.runDirectory(), 'debug.log')]);
    expect(await report.ended, report.err).toBe(0);
    expect(report.out).toContain('leakydrv!LeakyAllocate');
  });
});
