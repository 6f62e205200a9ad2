import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Laptop, portable } from './harness.js';

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

describe('trouble that ends a session, and how', () => {
  portable('no symbol at all: the target is let go, 7', async () => {
    const run = laptop.start('no-symbols-at-all', '--max-hits', '5');
    expect(await run.ended, run.err).toBe(7);
    laptop.expectFree();
  });

  portable('symbols that take too long while the target stands still: let go, 7', async () => {
    const run = laptop.start('slow-symbols', '--max-hits', '5', '--halt-limit', '500ms');
    expect(await run.ended, run.err).toBe(7);
    expect(run.err).toContain('releasing it');
    laptop.expectFree();
  });

  portable('never connects: 4 after --wait, and nothing was sent', async () => {
    const run = laptop.start('never-connects', '--wait', '1s');
    expect(await run.ended, run.err).toBe(4);
    expect(laptop.books().breaks).toBe(0);
    expect(laptop.books().violations).toEqual([]);
  });

  portable('wrong baud rate: never connects, 4', async () => {
    const run = laptop.start('wrong-baud', '--wait', '1s');
    expect(await run.ended, run.err).toBe(4);
    await laptop.troubled();
    expect(laptop.books().violations).toEqual([]);
  });

  for (const [scenario, test] of [
    ['kd-hang', it],
    ['link-loss-forever', portable],
  ] as const) {
    test(`${scenario}: a release that cannot break in says 20, and never pretends`, { timeout: 90_000 }, async () => {
      const run = laptop.start(scenario);
      await run.sees('Collecting.');
      await laptop.until(() => laptop.books().hits >= 5);
      await laptop.troubled();
      await run.interrupt();
      expect(await run.ended, run.err).toBe(20);
      expect(run.err).toContain('every way to break in failed');
      expect(run.err).toContain('livedebug rescue');
      expect(laptop.record()).toMatchObject({ exit_code: 20, armed: true });
    });
  }

  // No device of Windows is a disk that is always full.
  it.skipIf(process.platform === 'win32')('a full disk: the target is released, 3', async () => {
    const full = path.join(laptop.folder, 'full.log');
    symlinkSync('/dev/full', full);
    const run = laptop.start('fast', '--log', full);
    expect(await run.ended, run.err).toBe(3);
    expect(run.err).toContain('is full');
    expect(laptop.books().violations).toEqual([]);
    expect(laptop.books().target).toMatchObject({ breakpoints: 0 });
  });

  it('port missing: 3', async () => {
    const run = laptop.start('port-missing');
    expect(await run.ended, run.err).toBe(3);
  });

  it('port busy: 6', async () => {
    await laptop.holdPort();
    const run = laptop.start('port-busy');
    expect(await run.ended, run.err).toBe(6);
  });

  portable('a bug check is held, and a release of it says 20 with the steps', async () => {
    const run = laptop.start('bugcheck');
    await run.sees('BUG CHECK');
    await run.interrupt();
    expect(await run.ended, run.err).toBe(20);
    expect(run.err).toContain('THE TARGET MAY STAND STILL');
    expect(run.err).toContain('livedebug rescue');
  });

  it('a second Ctrl+C leaves at once with 20 while the target is armed, and kd lives on', async () => {
    const run = laptop.start('break-swallowed', '--break', 'connected');
    await run.sees('Collecting.');
    await run.interrupt();
    await run.sees('Releasing');
    await run.interrupt();
    const exitCode = await run.ended;
    // Either the release was through already, or the second Ctrl+C came first: never an orphaned session without a word.
    if (exitCode === 20) expect(run.err).toContain('livedebug rescue');
    else laptop.expectFree();
    expect([20, 130]).toContain(exitCode);
  });

  it('a second session on the same pipe is refused with 6, and the first goes on', async () => {
    const first = laptop.start('fast');
    await first.sees('Collecting.');
    const second = laptop.start('fast');
    expect(await second.ended).toBe(6);
    expect(second.err).toContain('livedebug attach');
    await first.interrupt();
    expect(await first.ended).toBe(130);
    laptop.expectFree();
  });
});
