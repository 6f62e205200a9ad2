import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planBursts } from '../../src/session/core/halt-budget.js';
import type { BreakMode, Plan } from '../../src/session/core/plan.js';
import type { SessionEvent } from '../../src/session/core/state.js';
import { step } from '../../src/session/core/step.js';
import { BASE } from './base-plan.js';
import { type Incident, ModelKd } from './model-kd.js';
import { stateOf } from './state-of.js';

const incidents: Incident[] = [
  'hit',
  'reboot',
  'reboot-unannounced',
  'reboot-silent',
  'foreign-break',
  'foreign-go',
  'int3',
  'assertion',
  'bug-check',
  'kd-crash',
  'kd-ends',
  'no-process',
  'cut-next-hit',
  'link-loss',
  'line-gone',
  'lose-next-break',
  'fail-next-break',
  'operator-break',
  'operator-release',
  'operator-leave',
  'kd-warns',
  'keep-breakpoints',
  'busy',
  'foreign-clear',
  'kd-stops',
];

const modes: BreakMode[] = [{ when: 'connected' }, { when: 'enter' }, { when: 'now' }, { when: 'after', ms: 3000 }];

/** Two hits to a burst, and pauses of seconds. */
const BURSTS = planBursts(0.5, { armMs: 500, hitMs: 500, passMs: 0 }, { haltLimitMs: 30_000, hits: 2, seed: 1 });

const story = fc.record({
  bootMs: fc.oneof(fc.integer({ min: 10, max: 20_000 }), fc.constantFrom(10, 300, 3000)),
  strategy: fc.constantFrom('breakpoint' as const, 'auto' as const, 'auto' as const, 'pool-hit-tag' as const),
  /** What the target's symbols know: the function for a breakpoint, PoolHitTag, both or neither. */
  kernel: fc.constantFrom('special' as const, 'special' as const, 'tag' as const, 'both' as const, 'none' as const),
  /** What a person has told kd to do at break instructions. */
  filter: fc.constantFrom(undefined, 'r eax'),
  breakMode: fc.constantFrom(...modes),
  onStop: fc.constantFrom('hold' as const, 'resume' as const),
  announces: fc.boolean(),
  lateMs: fc.constantFrom(60, 400, 1200),
  detail: fc.constantFrom(undefined, 'sizes' as const, 'frees' as const),
  bursts: fc.constantFrom(undefined, undefined, BURSTS),
  acts: fc.array(
    fc.tuple(
      // Most of what goes wrong goes wrong just when something else happens.
      fc.oneof(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 400, max: 15_000 }),
        fc.constantFrom(1, 2, 20, 300, 301, 1000, 1001, 2000, 5000, 5001),
      ),
      fc.constantFrom(...incidents),
    ),
    {
      maxLength: 14,
    },
  ),
});

function play(given: {
  bootMs: number;
  breakMode: BreakMode;
  onStop: 'hold' | 'resume';
  strategy?: Plan['strategy'];
  kernel?: 'special' | 'tag' | 'both' | 'none';
  filter?: string | undefined;
  announces?: boolean;
  lateMs?: number;
  detail?: Plan['detail'] | undefined;
  bursts?: Plan['bursts'] | undefined;
  acts: [number, Incident][];
}): ModelKd {
  const { breakMode, onStop, detail, bursts, announces, lateMs, strategy = 'breakpoint', kernel = 'special' } = given;
  const model = new ModelKd(
    { ...BASE, strategy, breakMode, onStop, ...(detail && { detail }), ...(bursts && { bursts }) },
    given.bootMs,
    kernel === 'special' || kernel === 'both',
    announces,
    lateMs,
    kernel === 'tag' || kernel === 'both',
  );
  model.filter = given.filter;
  model.start();
  for (const [wait, incident] of given.acts) {
    model.run(wait);
    if (!model.finished) model.incident(incident);
  }
  return model;
}

/** fast-check's own report prints the path of thousands of shrinks; the counterexample and the trace are what counts. */
function always<T>(arbitrary: fc.Arbitrary<T>, holds: (given: T) => void): void {
  const result = fc.check(fc.property(arbitrary, holds), { numRuns: RUNS });
  if (result.failed) throw new Error(`${JSON.stringify(result.counterexample)}\n${String(result.errorInstance)}`);
}

const RUNS = Number(process.env.LIVEDEBUG_TEST_RUNS ?? 2000);

function released(given: Parameters<typeof play>[0]): { model: ModelKd; tail: string; free: boolean } {
  const model = play(given);
  model.incident('operator-release');
  model.run(600_000);
  const free = (model.target === 'running' || model.target === 'off') && !model.breakpoint;
  return { model, tail: model.trace.slice(-60).join('\n'), free };
}

function onlyOneLost(acts: [number, Incident][]): [number, Incident][] {
  const first = acts.findIndex(([, incident]) => incident === 'lose-next-break');
  return acts.filter(([, incident], index) => incident !== 'lose-next-break' || index === first);
}

const benign: Incident[] = [
  'hit',
  'reboot',
  'reboot-unannounced',
  'reboot-silent',
  'int3',
  'operator-break',
  'lose-next-break',
  'cut-next-hit',
];

describe('the laws, under any order of actions and faults', () => {
  it('1, 2: every end leaves the target running and free, or says that it may not be', () => {
    always(story, (given) => {
      const { model, tail, free } = released(given);
      expect(model.finished, `the session never ends\n${tail}`).toBeDefined();
      if (!free) expect(model.finished?.exitCode, `left ${model.target}, and said nothing\n${tail}`).toBe(20);
    });
  });

  it('1: with nothing worse than reboots, stops and a lost break, the target really ends free', () => {
    const gentle = story.map((given) => ({
      ...given,
      // A target that is away for longer than a break-in is tried for cannot be told from one that does not answer: 20 is honest then.
      bootMs: given.bootMs % 8000,
      onStop: 'resume' as const,
      acts: onlyOneLost(given.acts.filter(([, incident]) => benign.includes(incident))),
    }));
    always(gentle, (given) => {
      const { model, tail, free } = released(given);
      expect(free, tail).toBe(true);
      expect(model.finished?.exitCode, tail).not.toBe(20);
      // A target that boots while it is released is left at once, and its kd ends with the session; a second kd has no filters yet.
      const same = model.state.kd.starts === 1 && !given.acts.some(([, incident]) => /^reboot/.test(incident));
      if (same) expect(model.filter, tail).toBe(given.filter);
    });
  });

  it('a release in the middle of arming puts back what a person wants of break instructions', () => {
    const model = new ModelKd({ ...BASE, strategy: 'pool-hit-tag' }, 10, false, false, 60, true);
    model.filter = 'r eax';
    model.start();
    while (model.state.phase !== 'arming' || model.state.query.last < 2) model.run(1);
    model.incident('operator-release');
    model.run(60_000);
    expect(model.finished).toMatchObject({ exitCode: 130 });
    expect([model.filter, model.tag]).toEqual(['r eax', 0]);
  });

  it('1: nobody but a person lets a target go that stands at a bug check', () => {
    always(story, (given) => {
      const { model, tail } = released(given);
      const ordered = given.acts.filter(([, incident]) => incident === 'operator-break').length;
      expect(model.crashResumes, tail).toBeLessThanOrEqual(ordered);
    });
  });

  it('4: without an order and without an arming to repeat, nothing breaks in', () => {
    const quiet = incidents.filter((each) => !/^operator/.test(each));
    const acts = fc.array(fc.tuple(fc.integer({ min: 1, max: 90_000 }), fc.constantFrom(...quiet)), { maxLength: 10 });
    always(fc.tuple(fc.integer({ min: 10, max: 5000 }), acts), ([bootMs, some]) => {
      const model = play({ bootMs, breakMode: { when: 'enter' }, onStop: 'resume', acts: some });
      // A stop that others made is used to arm; until that happened, no break-in may have been sent.
      const touched = model.state.ours.armedBefore || model.state.ours.armed || model.state.ours.symbol !== undefined;
      if (!touched) expect(model.breaks, model.trace.join('\n')).toEqual([]);
    });
  });

  it('6: no break-in goes to a target known to stand still, and none comes close after a resume', () => {
    always(story, (given) => {
      const { model } = released(given);
      for (const each of model.breaks) {
        expect(each.told, `a break-in at ${each.at} although the prompt was there\n${model.trace.join('\n')}`).toBe(
          false,
        );
        expect(each.sinceGo).toBeGreaterThan(100);
      }
    });
  });
});

describe('a target that has crashed', () => {
  const crashed = (plan: Partial<Plan>): ModelKd => {
    const model = new ModelKd({ ...BASE, goal: 'release', ...plan }, 10);
    model.target = 'crashed';
    model.start();
    model.run(60_000);
    return model;
  };

  it('is left by a rescue as it was found', () => {
    const model = crashed({ crashed: '0000000a' });
    expect(model.finished).toMatchObject({ exitCode: 20, reason: expect.stringContaining('bug check 0x0000000a') });
    expect(model.crashResumes).toBe(0);
  });

  it('is let go by a person’s order', () => {
    const model = crashed({ crashed: '0000000a', finishesCrash: true });
    expect(model.crashResumes).toBeGreaterThan(0);
  });

  it('goes on to its dump where somebody presses Enter, and is held again when it stops', () => {
    const model = new ModelKd(BASE, 10);
    model.start();
    model.run(1000);
    model.incident('bug-check');
    model.run(1000);
    expect(model.state.phase).toBe('halted');
    model.incident('operator-break');
    model.run(1000);
    expect(model.crashResumes).toBe(1);
    expect(model.state.phase).toBe('halted');
  });
});

describe('the plain course', () => {
  it('arms, collects, survives a reboot, and releases', () => {
    const model = play({
      bootMs: 100,
      breakMode: { when: 'connected' },
      onStop: 'resume',
      acts: [
        [1000, 'hit'],
        [10, 'reboot'],
        [3000, 'hit'],
      ],
    });
    expect(model.state.phase).toBe('collecting');
    expect(model.breakpoint).toBe(true);
    model.incident('operator-release');
    model.run(10_000);
    expect(model.finished?.exitCode).toBe(130);
    expect(model.breakpoint).toBe(false);
    expect(model.target).toBe('running');
    expect(model.breaks).toHaveLength(3);
  });

  it('lets the target go when no symbol is known, and says 7', () => {
    const model = new ModelKd(BASE, 100, false);
    model.start();
    model.run(20_000);
    expect(model.finished?.exitCode).toBe(7);
    expect(model.target).toBe('running');
  });

  it('takes the end of kd for a loss when a driver printed what looks like a failure to start', () => {
    const model = new ModelKd(BASE, 10);
    model.start();
    model.run(50);
    model.say({ kind: 'open-failure', path: 'its own file' });
    model.run(1000);
    expect(model.state.phase).toBe('collecting');
    model.incident('kd-crash');
    model.run(10_000);
    expect(model.finished).toBeUndefined();
    expect(model.state.phase).toBe('collecting');
    model.incident('operator-release');
    model.run(10_000);
    expect(model.finished?.exitCode).toBe(130);
    expect(model.breakpoint).toBe(false);
  });

  it.each([
    [20, 'collecting'],
    [200, 'collecting'],
    [400, 'halted'],
    [5000, 'halted'],
  ] as const)(
    'takes a break-in of nobody %i ms behind a g of ours for a late one, or leaves the target to a colleague',
    (after, phase) => {
      const model = new ModelKd(BASE, 10);
      model.start();
      while (!(model.target === 'running' && model.breakpoint)) model.run(1);
      model.run(after);
      model.incident('foreign-break');
      model.run(5000);
      expect(model.state.phase).toBe(phase);
      expect(model.target).toBe(phase === 'halted' ? 'halted' : 'running');
    },
  );

  it('takes a line that is gone for no reboot: it goes on with the next hit, and leaves nothing in the target', () => {
    const model = new ModelKd(BASE, 10);
    model.start();
    model.run(1000);
    model.incident('line-gone');
    model.run(1000);
    expect(model.state).toMatchObject({ phase: 'lost', ours: { armed: true } });
    model.run(5000);
    model.incident('hit');
    model.run(100);
    expect(model.state.phase).toBe('collecting');
    model.incident('operator-release');
    model.run(10_000);
    expect(model.finished?.exitCode).toBe(130);
    expect(model.breakpoint).toBe(false);
  });

  it('arms again by Enter when a line is back and the target has lost its breakpoints meanwhile', () => {
    const model = new ModelKd(BASE, 10);
    model.start();
    model.run(1000);
    model.incident('line-gone');
    model.run(1000);
    // With the line gone nobody can break in, and nothing is tried.
    model.incident('operator-break');
    model.run(1000);
    expect(model.state.phase).toBe('lost');
    model.set.clear();
    model.run(4000);
    expect(model.breaks).toHaveLength(1);
    model.incident('operator-break');
    model.run(3000);
    expect(model.state.phase).toBe('collecting');
    expect(model.breakpoint).toBe(true);
  });

  it('takes a tag out that was typed for one boot and set in the next', () => {
    const { model, tail, free } = released({
      bootMs: 10,
      breakMode: { when: 'connected' },
      onStop: 'resume',
      strategy: 'pool-hit-tag',
      kernel: 'both',
      announces: false,
      acts: [
        [10, 'int3'],
        [2, 'reboot-silent'],
        [11, 'reboot-unannounced'],
      ],
    });
    expect(free, tail).toBe(true);
    expect(model.finished?.exitCode, tail).toBe(130);
  });

  it('says 20 of a target that crashed just before its kd was gone, although nothing was set in it', () => {
    const { model } = released({
      bootMs: 10,
      breakMode: { when: 'connected' },
      onStop: 'hold',
      acts: [
        [100, 'bug-check'],
        [1, 'kd-crash'],
        [1001, 'hit'],
      ],
    });
    expect(model.target).toBe('crashed');
    expect(model.finished?.exitCode).toBe(20);
  });

  it('takes the first connection of a second kd for no reboot, while it releases', () => {
    const { model, tail, free } = released({
      bootMs: 10,
      breakMode: { when: 'connected' },
      onStop: 'hold',
      acts: [
        [1000, 'kd-crash'],
        [1001, 'line-gone'],
        [1, 'foreign-break'],
      ],
    });
    expect(free || model.finished?.exitCode === 20, tail).toBe(true);
  });

  it.each([
    ['a kd of ours that says how long it stood, and ends with 0', true, 0, 'released'],
    ['a kd of ours that could not free it', true, 20, 'lost'],
    ['a kd that says nothing', false, 0, 'lost'],
  ] as const)('believes of a target that stops while kd leaves: %s', (_what, says, code, phase) => {
    const leaving = stateOf({ phase: 'leaving', target: { disposition: 'running' }, kd: { starts: 1 } });
    const events: SessionEvent[] = [
      { at: 1, type: 'console', event: { kind: 'exception', code: '80000003', text: 'Break instruction exception' } },
      ...(says ? [{ at: 2, type: 'console', event: { kind: 'halted-total', ms: 12 } } as const] : []),
      { at: 3, type: 'exited', code, signal: undefined },
    ];
    const end = events.reduce((state, event) => step(state, event, BASE).state, leaving);
    expect(end.phase).toBe(phase);
  });

  it('has a halt limit also for a halt that began under a kd that is gone', () => {
    const { model, tail } = released({
      bootMs: 10,
      breakMode: { when: 'connected' },
      onStop: 'hold',
      acts: [
        [400, 'int3'],
        [1, 'foreign-go'],
        [1, 'kd-crash'],
        [1, 'link-loss'],
        [5000, 'assertion'],
        [1, 'foreign-go'],
      ],
    });
    expect(model.finished, tail).toBeDefined();
  });

  describe('with a kd that announces no hits, and hears a break-in only in silence or at a stack', () => {
    function collecting(hits: number, apart: number): ModelKd {
      const model = new ModelKd(BASE, 10, true, false);
      model.start();
      model.run(6000);
      for (let i = 0; i < hits; i++) model.at(i * apart, () => model.hit());
      return model;
    }

    it('breaks in at the next hit while hits come steadily, and counts the halt from there', () => {
      const model = collecting(60, 900);
      model.run(10_300);
      model.incident('operator-release');
      model.run(600);
      expect(model.breaks).toHaveLength(2);
      model.run(5000);
      expect(model.finished?.exitCode).toBe(130);
      expect(model.breakpoint).toBe(false);
      expect(model.target).toBe('running');
      expect(model.state.target.haltedMs).toBeLessThan(100);
    });

    it('resumes a target that stands at a hit without a word where nobody else is there', () => {
      const model = collecting(3, 900);
      model.run(100);
      model.stop({ kind: 'stack' }, { kind: 'place', symbol: 'nt!MmAllocateSpecialPool' });
      model.run(1000);
      expect(model.state).toMatchObject({ phase: 'collecting', target: { disposition: 'running' } });
    });

    it('notices a boot that kd tells of by its modules alone, and arms again', () => {
      const model = collecting(3, 900);
      model.run(3000);
      model.incident('reboot-silent');
      expect(model.breakpoint).toBe(false);
      model.run(10_000);
      expect(model.state).toMatchObject({ phase: 'collecting', ours: { armed: true } });
      expect(model.breakpoint).toBe(true);
    });

    it('breaks in at once where hits have ceased', () => {
      const model = collecting(3, 900);
      model.run(10_000);
      model.incident('operator-release');
      model.run(2000);
      expect(model.finished?.exitCode).toBe(130);
    });

    it('holds a target that a colleague has stopped at a hit, and resumes one that a late break-in of its own has', () => {
      const model = collecting(3, 900);
      model.run(100);
      model.say({ kind: 'client-joined', who: 'LAB\\colleague' });
      model.run(100);
      model.stop({ kind: 'stack' }, { kind: 'place', symbol: 'nt!MmAllocateSpecialPool' });
      model.run(100);
      expect(model.state).toMatchObject({ phase: 'halted', target: { disposition: 'halted' } });
      model.incident('operator-release');
      model.run(5000);
      expect(model.finished?.exitCode).toBe(130);
      expect(model.target).toBe('running');
    });
  });

  it('takes no empty list for a proof where kd has no target that stands', () => {
    const releasing = stateOf({
      aim: 'release',
      phase: 'releasing',
      target: { disposition: 'halted' },
      ours: { armed: true },
      query: { last: 1, open: true },
    });
    const lines = [
      'WARNING: The debugger does not have a current process or thread',
      "        ^ Illegal process error in 'bc *'",
      "        ^ Illegal process error in 'bl'",
    ];
    const { state, effects } = step(releasing, { at: 1, type: 'answer', id: 1, purpose: 'clear', lines }, BASE);
    expect(state).toMatchObject({
      phase: 'releasing',
      ours: { armed: true },
      target: { disposition: 'unknown' },
      breakIn: { tries: 0 },
    });
    expect(effects).toContainEqual({ do: 'break', way: 'interrupt', atHit: false });
    const failed = stateOf({ aim: 'release', phase: 'releasing', target: { resuming: true } });
    const text = "No runnable debuggees error in 'g'";
    const after = step(failed, { at: 1, type: 'console', event: { kind: 'failed', text } }, BASE).state;
    expect(after).toMatchObject({ target: { resuming: false }, breakIn: { tries: 0 } });
  });

  it('goes down the ladder when a break-in is not answered', () => {
    const model = new ModelKd(BASE, 100);
    model.incident('lose-next-break');
    model.start();
    model.run(20_000);
    expect(model.state.phase).toBe('collecting');
    expect(model.breaks).toHaveLength(2);
  });
});
