import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseBurstMark } from '../../src/kd-text/burst-marks.js';
import { NOT_READ, parseKnownStacks } from '../../src/kd-text/frames/known-stacks.js';
import { Cable } from './cable.js';
import { Laptop, portable, type Run, WINDOWS } from './harness.js';

const IMAGES = fileURLToPath(new URL('../../fixtures/images', import.meta.url));

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(async () => {
  await laptop.close();
});

function pipeOfTarget(): string {
  return WINDOWS ? `\\\\.\\pipe\\${laptop.pipe}-vm` : path.join(laptop.folder, 'vm.sock');
}

/** A simulated target with a leak, and a session of the built-in kd on it. */
async function session(arch: 'x86' | 'x64', target: readonly string[], ...more: string[]): Promise<Run> {
  const pipe = pipeOfTarget();
  const place = WINDOWS ? `pipe:${laptop.pipe}-vm` : `unix:${pipe}`;
  const words = ['simulate', 'target', '--listen', place, '--arch', arch, '--books', laptop.booksFile];
  await laptop.run([...words, '--hits-per-second', '20', ...target]).sees('listens at');
  const kernel = target[target.indexOf('--kernel') + 1];
  const folders = target.includes('--kernel') ? [`${arch}-${kernel}`, arch] : [arch];
  const symbols = ['--symbols', folders.map((folder) => path.join(IMAGES, folder)).join(';')];
  return laptop.run(['start', '--tag', 'Ddk', '--kd', 'builtin', '--port', `pipe:${pipe}`, ...symbols, ...more]);
}

describe('a session of the built-in kd', () => {
  it.each(['x86', 'x64'] as const)(
    'does the whole job: arms, collects, releases, and says who allocated (%s)',
    async (arch) => {
      const run = await session(arch, [], '--break', 'now', '--max-hits', '20');
      expect(await run.ended, run.err).toBe(0);
      expect(run.err).toContain('Armed at nt!MmAllocateSpecialPool');
      await laptop.until(() => laptop.books().target.state === 'running');
      expect(laptop.books().violations).toEqual([]);
      expect(laptop.books().target.breakpoints).toBe(0);
      const report = laptop.run(['report', path.join(laptop.runDirectory(), 'debug.log')]);
      expect(await report.ended, report.err).toBe(0);
      expect(report.out).toMatch(/leakydrv +\d+ +\d+\.\d %/);
      expect(report.out).toContain('leakydrv!LeakyAllocate');
      // Hits are halts as well. A report takes a moment to get here.
      const total = Number(/The target stood still for (\d+) ms in all\./.exec(laptop.log())?.[1]);
      expect(total).toBeGreaterThan(laptop.books().halted_ms * 0.7);
      expect(run.err).toMatch(/ of log; halted for \S+ \S+ in all\.$/m);
    },
  );

  portable(
    'says how long the target stands, hits included, while it collects and at its end',
    {
      timeout: 90_000,
    },
    async () => {
      const slow = ['--baud', '19200', '--hits-per-second', '0.4'];
      const run = await session('x64', slow, '--baud', '19200', '--break', 'now');
      await laptop.until(() => laptop.books().hits >= 4);
      await laptop.until(() => laptop.books().target.state === 'running');
      const status = laptop.run(['status', '--json']);
      expect(await status.ended).toBe(0);
      const live = JSON.parse(status.out.split('\n')[0] ?? '') as { halted_total_ms: number; hits: number };
      expect(live).toMatchObject({ halted_estimated: false, hits: expect.any(Number) });
      expect(live.halted_total_ms).toBeGreaterThan(3000);
      await run.interrupt();
      expect(await run.ended, run.err).toBe(130);
      await laptop.until(() => laptop.books().target.state === 'running');
      const told = Number((laptop.events().at(-1) as { halted_total_ms: number }).halted_total_ms);
      const stood = laptop.books().halted_ms;
      // The speed of a pipe is not known: a stop is seen only when its report has come. On a serial line it is 0.1 % (measured).
      expect(Math.abs(told - stood), `told ${told} ms, stood ${stood} ms`).toBeLessThan(stood / 8);
      expect(run.err).toMatch(/; halted for [^;]+ in all\.$/m);
    },
  );

  portable('takes known stacks from their beginning, says so, and names the same driver', async () => {
    const run = await session('x64', [], '--known-stacks', '--break', 'now', '--max-hits', '60');
    expect(await run.ended, run.err).toBe(0);
    await laptop.until(() => laptop.books().target.state === 'running');
    expect(laptop.books().violations).toEqual([]);
    const { taken = 0 } =
      laptop
        .log()
        .split(/\r?\n/)
        .flatMap((line) => parseKnownStacks(line) ?? [])[0] ?? {};
    expect(taken).toBeGreaterThan(5);
    expect(laptop.log().split(NOT_READ)).toHaveLength(taken + 1);
    const report = laptop.run(['report', path.join(laptop.runDirectory(), 'debug.log')]);
    expect(await report.ended, report.err).toBe(0);
    expect(report.out).toMatch(/leakydrv +\d+ +\d+\.\d %/);
    expect(report.out.replace(/\s+/g, ' ')).toContain(`Of ${taken} stacks only the first frames were read`);
  });

  portable(
    'keeps a budget of standing still: bursts, pauses, and a report that says its error',
    { timeout: 90_000 },
    async () => {
      const target = ['--kernel', '11', '--baud', '115200', '--hits-per-second', '100'];
      const budget = ['--halt-budget', '25%', '--burst', '3', '--max-hits', '9'];
      const run = await session('x64', target, '--baud', '115200', '--break', 'now', ...budget);
      expect(await run.ended, run.err).toBe(0);
      expect(run.err).toMatch(/Halt budget 25 %: bursts of 3 hits/);
      await laptop.until(() => laptop.books().target.state === 'running');
      const books = laptop.books();
      expect(books.violations).toEqual([]);
      expect(books.target).toMatchObject({ breakpoints: 0, pool_hit_tag: 0 });
      const marks = laptop
        .log()
        .split(/\r?\n/)
        .flatMap((line) => parseBurstMark(line.replace(/^.*kd> /, '')) ?? []);
      expect(marks.filter(({ mark }) => mark === 'over')).toHaveLength(3);
      const pauses = laptop.events().filter(({ event }) => event === 'pause') as unknown as {
        took_ms: number;
        ms: number;
      }[];
      for (const { took_ms, ms } of pauses) expect(ms).toBeGreaterThanOrEqual(Math.min(1000, took_ms * 3));
      const report = laptop.run(['report', path.join(laptop.runDirectory(), 'debug.log')]);
      expect(await report.ended, report.err).toBe(0);
      expect(report.out.replace(/\s+/g, ' ')).toMatch(/made about \d+ % \(± \d+\) of .* seen in 3 bursts/);
    },
  );

  it('refuses known stacks of another kd', async () => {
    const run = laptop.run(['start', '--tag', 'Ddk', '--kd', 'sim', '--known-stacks']);
    expect(await run.ended).toBe(2);
    expect(run.err).toContain('--known-stacks is a way of the built-in kd');
  });

  portable('arms at the boot of a target, and releases on Ctrl+C', async () => {
    const run = await session('x64', ['--state', 'off', '--script', 'switched-on'], '--break', 'connected');
    await run.sees('Collecting.');
    await laptop.until(() => laptop.books().hits >= 5);
    await run.interrupt();
    expect(await run.ended, run.err).toBe(130);
    await laptop.until(() => laptop.books().target.state === 'running');
    expect(laptop.books().violations).toEqual([]);
  });

  portable(
    'arms again by itself after a reboot',
    async () => {
      const run = await session('x64', ['--script', 'reboots'], '--break', 'now', '--for', '60s', '--max-hits', '400');
      await run.sees(/Armed at[\s\S]*Armed at/);
      await run.interrupt();
      expect(await run.ended, run.err).toBe(130);
      await laptop.until(() => laptop.books().target.state === 'running');
      expect(laptop.books().violations).toEqual([]);
    },
    90_000,
  );

  describe('whose line to the target is pulled out', () => {
    let cable: Cable;
    /** A session that has collected some hits, and has lost its line. */
    async function lost(...more: string[]): Promise<Run> {
      const pipe = path.join(laptop.folder, 'cable.sock');
      const words = ['simulate', 'target', '--listen', `unix:${pipeOfTarget()}`, '--books', laptop.booksFile];
      await laptop.run([...words, '--hits-per-second', '20']).sees('listens at');
      cable = new Cable(pipeOfTarget(), pipe);
      await cable.plug();
      const symbols = ['--symbols', path.join(IMAGES, 'x64')];
      const start = [
        'start',
        '--tag',
        'Ddk',
        '--kd',
        'builtin',
        '--port',
        `pipe:${pipe}`,
        ...symbols,
        '--break',
        'now',
      ];
      const run = laptop.run([...start, ...more]);
      await run.sees('Collecting.');
      await laptop.until(() => laptop.books().hits >= 10);
      cable.pull();
      await run.sees('The link to the target is silent');
      // The next hit is one that nobody hears of.
      await laptop.until(() => laptop.books().target.state === 'halted');
      return run;
    }
    afterEach(() => cable?.close());

    portable('goes on where it was when the line is back, and ends as it was told', async () => {
      const run = await lost('--max-hits', '60');
      await cable.plug();
      await run.sees('The link works again.');
      expect(await run.ended, run.err).toBe(0);
      expect(run.err).not.toContain('reboots');
      await laptop.until(() => laptop.books().target.state === 'running');
      expect(laptop.books().target.breakpoints).toBe(0);
      expect(laptop.books().violations).toEqual([]);
    });

    portable(
      'says 20 when it has to leave before that, and the steps free the target',
      async () => {
        const run = await lost();
        await run.interrupt();
        expect(await run.ended, run.err).toBe(20);
        expect(run.err).toContain('THE TARGET MAY STAND STILL');
        await cable.plug();
        const rescue = laptop.run(['rescue', '--pipe', laptop.pipe]);
        expect(await rescue.ended, rescue.err).toBe(0);
        await laptop.until(() => laptop.books().target.state === 'running');
        expect(laptop.books().target.breakpoints).toBe(0);
        expect(laptop.books().violations).toEqual([]);
      },
      120_000,
    );
  });

  portable('fetches beforehand what a target waited for in vain the last time', async () => {
    const silent = createServer(() => {}).listen(0);
    try {
      const { port } = silent.address() as AddressInfo;
      const slow = `srv*${path.join(laptop.folder, 'store')}*http://127.0.0.1:${port}`;
      const first = await session('x64', [], '--symbols', slow, '--break', 'now', '--halt-limit', '500ms');
      expect(await first.ended, first.err).toBe(7);
      await laptop.until(() => laptop.books().target.state === 'running');
      const symbols = `cache*${path.join(laptop.folder, 'store')};${path.join(IMAGES, 'x64')}`;
      const words = [
        'start',
        '--tag',
        'Ddk',
        '--kd',
        'builtin',
        '--port',
        `pipe:${pipeOfTarget()}`,
        '--symbols',
        symbols,
      ];
      const second = laptop.run([...words, '--break', 'now', '--max-hits', '5']);
      expect(await second.ended, second.err).toBe(0);
      expect(second.err).toMatch(/Fetching symbols before the target is stopped[\s\S]*Symbols of ntkrnlmp\.pdb:/);
      expect(laptop.books().violations).toEqual([]);
    } finally {
      silent.close();
    }
  });
});
