import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KdVariant, kdVariants } from '../../../src/simulator/stub/kd-variant.js';
import { noLineFaults } from '../../../src/simulator/stub/line/faults.js';
import { ShellBench } from './shell-bench.js';

/** What an operator, a cable and a target may do, in any order. */
type Move =
  | { readonly do: 'break' }
  | { readonly do: 'type'; readonly text: string }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'cable'; readonly outMs: number }
  | { readonly do: 'power' }
  | { readonly do: 'resync' };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Move>({ do: 'break' }) },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(
        'g',
        'bp POOL',
        'bp POOL ";.echo hit;g"',
        'bp POOL ".if (1) {.echo hit;g} .else {g}"',
        'ba e1 POOL',
        'ba e1 POOL "kb;g"',
        'bc *',
        'bl',
        'r',
        't',
        'lm',
        'db @PC',
        'bd *',
        'be *',
        'g;g',
        'gn',
        'sxe -c ".echo event;g" bpe',
        'sxi bpe',
        'sxn -c ".echo event" bpe',
        'sxr',
        'p',
        'p 5',
        't 7',
        'gu',
        'g POOL',
        'bu POOL',
        'bu POOL ".echo bound;g"',
      )
      .map((text): Move => ({ do: 'type', text })),
  },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 4000 }).map((ms): Move => ({ do: 'wait', ms })) },
  { weight: 1, arbitrary: fc.integer({ min: 10, max: 9000 }).map((outMs): Move => ({ do: 'cable', outMs })) },
  { weight: 1, arbitrary: fc.constant<Move>({ do: 'power' }) },
  { weight: 1, arbitrary: fc.constant<Move>({ do: 'resync' }) },
);

const world = fc.record({
  architecture: fc.constantFrom('x86' as const, 'x64' as const),
  personality: fc.constantFrom('measured', 'windows'),
  processors: fc.integer({ min: 1, max: 3 }),
  state: fc.constantFrom('running' as const, 'halted' as const, 'boot' as const),
  noise: fc.constantFrom(0, 0, 0.0005),
  // On a slow line whatever an operator does falls into the middle of something.
  baud: fc.constantFrom(0, 115_200),
  seed: fc.integer({ min: 1, max: 1000 }),
  moves: fc.array(move, { minLength: 1, maxLength: 14 }),
  end: fc.constantFrom('CTRL+B', 'signal', 'end of input'),
});

type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

function benchOf({ architecture, personality, processors, state, noise, baud, seed }: World): ShellBench {
  const line = { ...noLineFaults, lose: noise, flip: noise };
  return new ShellBench({
    architecture,
    processors,
    personality: kdVariants[personality] as KdVariant,
    stub: {
      state,
      seed,
      baud,
      faults: { toTarget: line, toHost: line, staleId: 0, replyDelayMs: 0 },
      // No assertions: one that fails after kd has left stands for ever, and nobody could have helped it.
      wakes: { worker: 20, ioctl: 10, batch: 3, print: 1 },
    },
  });
}

async function make(kd: ShellBench, step: Move): Promise<void> {
  const pool = kd.machine.address('nt!MmAllocateSpecialPool')?.toString(16) ?? '0';
  const pc = kd.machine.architecture === 'x86' ? 'eip' : 'rip';
  if (step.do === 'break') kd.keys.interrupt();
  if (step.do === 'type') kd.keys.typed(step.text.replace('POOL', pool).replace('PC', pc));
  if (step.do === 'wait') await kd.clock.advanceAsync(step.ms);
  if (step.do === 'power') kd.stub.power();
  if (step.do === 'resync') kd.keys.resync();
  if (step.do === 'cable') {
    kd.stub.cable(false);
    await kd.clock.advanceAsync(step.outMs);
    kd.stub.cable(true);
  }
  await kd.clock.advanceAsync(7);
}

async function leave(kd: ShellBench, how: string): Promise<number> {
  // It leaves by itself then. Whoever asks again while it does says that nobody waits, and has his answer: it may stand still.
  if (how === 'end of input') {
    kd.keys.ended();
    for (let waited = 0; waited < 20 && kd.exitCode === undefined; waited++) await kd.clock.advanceAsync(1000);
  }
  if (kd.exitCode === undefined) kd.keys.leave(how, how === 'signal' ? 143 : undefined);
  return kd.clock.settle(kd.ended);
}

/** Nothing happens to the line or the target: whoever leaves then has no excuse. */
function isCalm({ noise, moves }: World): boolean {
  return noise === 0 && moves.every((step) => !['cable', 'power', 'resync'].includes(step.do));
}

/** The same worlds every time, so that a red test is somebody's change; LIVEDEBUG_TEST_SEED goes to others. */
const SEED = Number(process.env.LIVEDEBUG_TEST_SEED ?? 1);

describe('the laws, whatever happens', () => {
  it('a kd that leaves has freed the target, or says loudly that it has not', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const kd = benchOf(given);
        let asked = 0;
        for (const step of given.moves) {
          asked += step.do === 'break' ? 1 : 0;
          await make(kd, step);
        }
        const code = await leave(kd, given.end);
        const { target, violations } = kd.stub.books;
        if (isCalm(given)) expect(code, kd.text).not.toBe(20);
        if (code === 20) expect(kd.text).toContain('THE TARGET MAY STAND STILL');
        else {
          expect([0, 143]).toContain(code);
          expect(violations).toEqual([]);
          expect(target.breakpoints).toBe(0);
          // A break that is still owed would stop a target with nobody there; one that boots gives up waiting for us first.
          await kd.clock.advanceAsync(60_000);
          expect(kd.stub.books.target.state).not.toBe('halted');
        }
        // Nobody asked and nothing was armed: nothing may have stopped the target.
        if (asked === 0 && given.state === 'running' && given.noise === 0) expect(kd.stub.books.breaks).toBe(0);
        if (given.noise === 0) expect(kd.machine.damages).toEqual([]);
      }),
      { numRuns: 150, seed: SEED },
    );
  }, 300_000);
});
