import { expect, it } from 'vitest';
import { noLineFaults } from '../../../src/simulator/stub/line/faults.js';
import { ShellBench } from './shell-bench.js';

/** More of them: LIVEDEBUG_TEST_SEEDS=30. */
const SEEDS = Number(process.env.LIVEDEBUG_TEST_SEEDS ?? 6);
const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);
const BAUD = 115_200;

/** What is typed before somebody leaves; each of it may meet a hit. */
const ENDS = [[], ['bc *', 'g'], ['bd *', 'g'], ['bc *']];

function benchOn(architecture: 'x86' | 'x64', seed: number): ShellBench {
  const line = { ...noLineFaults, flip: seed % 3 === 0 ? 0.003 : 0.01, lose: 0.001 };
  return new ShellBench({
    architecture,
    bytesPerSecond: BAUD / 10,
    stub: {
      state: 'running',
      seed,
      baud: BAUD,
      wakes: { worker: 5, ioctl: 3 },
      faults: { toTarget: line, toHost: line, staleId: 0, replyDelayMs: 0 },
    },
  });
}

/** How long somebody waits for a prompt before the key is pressed again, ms. */
const PATIENCE_MS = 60_000;

/** Breaks in, and sets a breakpoint that goes on by itself. What such a line makes of it is not asked. */
async function collect(kd: ShellBench): Promise<void> {
  const pool = kd.machine.address('nt!MmAllocateSpecialPool')?.toString(16) ?? '';
  const prompt = (): boolean => /kd> $/.test(kd.text);
  for (let press = 0; press < 10 && !prompt(); press++) {
    kd.keys.interrupt();
    await kd.until(prompt, PATIENCE_MS).catch(() => undefined);
  }
  expect(prompt()).toBe(true);
  kd.keys.typed(`bp ${pool} ".echo hit;g"`);
  kd.keys.typed('g');
  await kd.clock.advanceAsync(10_000);
}

it.each(seeds.flatMap((seed) => (['x86', 'x64'] as const).map((architecture) => ({ seed, architecture }))))(
  'a line that damages up to 1 % of its bytes and loses 0.1 %: no target is called free that is not ($architecture, $seed)',
  async ({ seed, architecture }) => {
    const kd = benchOn(architecture, seed);
    await collect(kd);
    const typed = ENDS[seed % ENDS.length] ?? [];
    if (typed.length > 0) {
      kd.keys.interrupt();
      await kd.clock.advanceAsync(3000);
      for (const line of typed) kd.keys.typed(line);
      await kd.clock.advanceAsync(seed * 150);
    }
    const code = await kd.leave();
    const free = { state: 'running', breakpoints: 0 };
    if (code === 20) expect(kd.text).toContain('THE TARGET MAY STAND STILL');
    else {
      expect(code).toBe(0);
      expect(kd.stub.books.target, kd.text.slice(-1500)).toMatchObject(free);
      await kd.clock.advanceAsync(60_000);
      expect(kd.stub.books.target).toMatchObject(free);
    }
    // It has patience for most of them: who always says that nothing is known says nothing.
    outcomes.push(code);
  },
  120_000,
);

const outcomes: number[] = [];
it('it is hardly ever said that nothing is known', () => {
  expect(outcomes.filter((code) => code === 20).length).toBeLessThanOrEqual(outcomes.length / 50);
});
