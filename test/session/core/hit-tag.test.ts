import { describe, expect, it } from 'vitest';
import { takeQuoted } from '../../../src/kd-text/split-commands.js';
import { choose, isSet } from '../../../src/session/core/catching.js';
import { armLines, clearLines, resolveLines } from '../../../src/session/core/commands.js';
import { planBursts } from '../../../src/session/core/halt-budget.js';
import { filterOfPerson, hitFilter, tagIn } from '../../../src/session/core/hit-tag.js';
import { NOTHING_OURS } from '../../../src/session/core/ours.js';
import { isClear } from '../../../src/session/core/phases/releasing.js';
import type { Plan } from '../../../src/session/core/plan.js';
import { step } from '../../../src/session/core/step.js';
import { BASE } from '../base-plan.js';
import { ModelKd } from '../model-kd.js';
import { stateOf } from '../state-of.js';

const AUTO: Plan = { ...BASE, strategy: 'auto' };
const SPECIAL = 'fffff800`01234560 nt!MmAllocateSpecialPool (<no parameter info>)';
const HEAP = 'fffff800`01239990 nt!ExAllocateHeapSpecialPool (<no parameter info>)';
const row = (value: string): string => `fffff800\`016530ec  ${value}`;
const NO_TAG = "Couldn't resolve error at 'nt!PoolHitTag '";
const BPE = ' bpe - Break instruction exception - break';
const byTag = { ...NOTHING_OURS, catching: 'pool-hit-tag', tagIn: true } as const;

describe('how hits are caught', () => {
  it.each<[string, readonly string[], Partial<Plan>, string | undefined]>([
    ['by the older function of special pool', [HEAP, SPECIAL, row('00000000')], {}, 'nt!MmAllocateSpecialPool'],
    ['by the newer one', [HEAP, row('00000000')], {}, 'nt!ExAllocateHeapSpecialPool'],
    ['by PoolHitTag where there is neither', [row('ffffff0f')], {}, 'nt!PoolHitTag'],
    ['not at all where there is nothing', [NO_TAG], {}, undefined],
    ['not at all where PoolHitTag is forbidden', [row('00000000')], { strategy: 'breakpoint' }, undefined],
    [
      'by PoolHitTag wherever that is asked for',
      [SPECIAL, row('00000000')],
      { strategy: 'pool-hit-tag' },
      'nt!PoolHitTag',
    ],
    ['at the place that somebody names', [row('00000000')], { at: 'nt!Foo' }, 'nt!Foo'],
    ['not by a tag that nobody has named', [row('00000000')], { tag: { text: '', value: 0 } }, undefined],
  ])('%s', (_, lines, plan, symbol) => {
    expect(choose(lines, { ...AUTO, ...plan })?.symbol).toBe(symbol);
  });

  it('is asked for in one go', () => {
    const asked = ['bl', 'x nt!MmAllocateSpecialPool', 'x nt!ExAllocateHeapSpecialPool', 'dd nt!PoolHitTag L1', 'lm'];
    expect(resolveLines(AUTO)).toEqual(asked);
  });

  it('is decided anew at every arming: a tag that was in is taken out when a breakpoint is set', () => {
    const traps = [{ symbol: 'nt!MmAllocateSpecialPool', commands: ';kb;g' }];
    const set = armLines(AUTO, { ...NOTHING_OURS, catching: 'breakpoint', tagIn: true, traps });
    expect(set.slice(0, 2)).toEqual(['ed nt!PoolHitTag 0', 'dd nt!PoolHitTag L1']);
    const bl = ' 0 e fffff800`01234560     0001 (0001) nt!MmAllocateSpecialPool ";kb;g"';
    const ours = { ...NOTHING_OURS, traps, tagIn: true };
    expect(isSet([row('00000000'), bl], AUTO, ours)).toBe(true);
    expect(isSet([row('206b6444'), bl], AUTO, ours)).toBe(false);
  });
});

describe('the filter of break instructions', () => {
  it('does what is done at a hit, at the pool’s own break alone', () => {
    const filter = hitFilter(BASE);
    expect(filter).toMatch(/^\.if \(.*\) \{kb;g\}$/);
    expect(filter).not.toContain('"');
    expect(hitFilter({ ...BASE, commandString: 'kb 5' }, 8)).toMatch(/\{kb 5\}$/);
    expect(hitFilter(BASE, 8)).toMatch(/\{kb;r \$t19=@\$t19\+1;j \(@\$t19<0n8\) 'g';'ed nt!PoolHitTag 0;g'\}$/);
  });

  it('knows DbgBreakPoint by its address, even where it begins within the 4 bytes of a break-in', () => {
    expect(hitFilter(BASE)).toContain('((@$ip==nt!DbgBreakPoint)|(@$ip<nt!DbgBreakPointWithStatus)|');
  });

  it('is set before the tag is, and comes through kd’s quotes', () => {
    const lines = armLines(AUTO, byTag, 8);
    const at = lines.findIndex((line) => line.startsWith('sxe -c '));
    expect(at).toBeLessThan(lines.findIndex((line) => line.startsWith('ed ')));
    expect(takeQuoted(lines[at]?.slice(7) ?? '')).toEqual({ quoted: hitFilter(AUTO, 8), rest: ' bpe' });
  });

  it.each<[string, readonly string[], object | undefined]>([
    ['as kd begins', [BPE, 'bpec - Break instruction exception continue - handled'], undefined],
    ['of a session of ours', [BPE, `       Command: "${hitFilter(BASE)}"`], undefined],
    ['with a command', [BPE, '       Command: "r eax"'], { mode: 'e', command: 'r eax' }],
    ['that only tells', [' bpe - Break instruction exception - output'], { mode: 'n' }],
  ])('%s is somebody’s or nobody’s', (_, lines, filter) => {
    expect(filterOfPerson(['  av - Access violation - break - not handled', ...lines])).toEqual(filter);
  });

  it('of somebody is put back', () => {
    const before = { tag: 0xffffff0f, filter: { mode: 'i', command: 'r "x"' } } as const;
    const lines = clearLines(AUTO, { tagIn: true, before });
    expect(lines).toEqual([
      'ed nt!PoolHitTag 0xffffff0f',
      'dd nt!PoolHitTag L1',
      'sxi -c "r \\"x\\"" bpe',
      'bc *',
      'bl',
    ]);
  });
});

describe('law 2: the tag is out', () => {
  const RESCUE: Plan = { ...AUTO, goal: 'release' };
  it.each<[string, boolean, readonly string[], Plan, boolean]>([
    ['when kd shows 0', true, [row('00000000')], AUTO, true],
    ['not while kd shows it', true, [row('206b6444')], AUTO, false],
    ['not without a look', true, [], AUTO, false],
    ['not where kd cannot find it any more', true, [NO_TAG], AUTO, false],
    ['not of a target that was reset meanwhile', true, [row('????????')], AUTO, false],
    ['of a session that never set it', false, [], AUTO, true],
    ['in a rescue, when kd shows 0', false, [row('00000000')], RESCUE, true],
    ['not in a rescue while kd shows one', false, [row('206b6444')], RESCUE, false],
    ['in a rescue of nobody knows what, where kd has no such symbol', false, [NO_TAG], RESCUE, true],
    ['not in a rescue of a session that had set it, where kd has no such symbol', true, [NO_TAG], RESCUE, false],
  ])('%s', (_, tag, lines, plan, clear) => {
    expect(isClear(lines, plan, { tagIn: tag, before: { tag: 0 } })).toBe(clear);
  });

  it('is looked for by every rescue, unless it was forbidden', () => {
    const none = { tagIn: false, before: { tag: 0 } };
    expect(clearLines(RESCUE, none)).toContain('ed nt!PoolHitTag 0');
    expect(clearLines({ ...AUTO, joined: true, takesOver: true }, none)).toContain('ed nt!PoolHitTag 0');
    expect(clearLines(AUTO, none)).toEqual(['bc *', 'bl']);
  });

  it('is not believed of the stop of a target that was reset: it is left, and the new boot broken into', () => {
    const ours = { armed: true, armedBefore: true, catching: 'pool-hit-tag', tagIn: true } as const;
    const given = stateOf({
      phase: 'releasing',
      aim: 'release',
      target: { disposition: 'halted', haltedSince: 0 },
      ours,
      query: { last: 1, open: true },
    });
    const lines = [row('????????'), '          ^ Memory access error'];
    const left = step(given, { at: 1, type: 'answer', id: 1, purpose: 'clear', lines }, AUTO);
    expect(left.state).toMatchObject({ ours: { armed: true, tagIn: true }, target: { resuming: true } });
    const go = step(left.state, { at: 2, type: 'answer', id: 2, purpose: 'go', lines: [] }, AUTO);
    const { state } = step(go.state, { at: 500, type: 'timer', name: 'confirm' }, AUTO);
    expect(state).toMatchObject({ phase: 'releasing', breakIn: { tries: 0 }, ours: { tagIn: true } });
  });
});

describe('a debugging server that was joined', () => {
  const JOINED: Plan = { ...AUTO, joined: true };
  const resolved = (ours: object) =>
    step(
      stateOf({
        phase: 'arming',
        target: { disposition: 'halted', haltedSince: 0 },
        ours,
        query: { last: 1, open: true },
      }),
      { at: 1, type: 'answer', id: 1, purpose: 'resolve', lines: [row('206b6444')] },
      JOINED,
    ).state.ours;

  it('keeps the tag that somebody else has set', () => {
    expect(resolved({})).toMatchObject({ armed: true, theirs: true, tagIn: false });
  });

  it('does not keep one that this session has set, and sets again', () => {
    expect(resolved({ armed: true, armedBefore: true, tagIn: true })).toMatchObject({ theirs: false, tagIn: true });
  });
});

it('a value is read from dd alone, and none from what is no memory', () => {
  expect(tagIn(['fffff800`01602000 fffff800`01bdf000   nt   (pdb symbols)', row('206b6444')])).toBe(0x206b6444);
  expect(tagIn([SPECIAL, row('????????'), NO_TAG])).toBeUndefined();
});

it('a burst ends by itself whatever quotes its commands have', () => {
  const bursts = planBursts(0.1, { armMs: 1, hitMs: 1, passMs: 1 }, { haltLimitMs: 1000, seed: 1 });
  const filter = hitFilter({ ...BASE, bursts, commandString: ";.printf '%p',@$ip;kb;g" }, 10);
  expect(filter).toContain('ed nt!PoolHitTag 0');
});

it('what kd cannot read of the tag is not said to be gone: broken into again, and 20 in the end', () => {
  const plan: Plan = { ...BASE, goal: 'release', strategy: 'auto', breakMode: { when: 'now' } };
  const model = new ModelKd(plan, 10, false, false, 60, true);
  model.tagUnreadable = true;
  model.start();
  model.run(600_000);
  expect(model.finished?.exitCode).toBe(20);
  expect(model.breaks.length).toBeGreaterThan(1);
});

describe('what a rescue types', () => {
  const rescue = { ...BASE, goal: 'release', strategy: 'auto' } as const;
  const nothing = { tagIn: false, before: { tag: 0 } };

  it('is no question for the tag where the lost session cannot have left it: symbols may have to be fetched for that', () => {
    expect(clearLines({ ...rescue, tagLeft: false }, nothing)).toEqual(['bc *', 'bl']);
  });

  it('takes the breakpoints out first where it is not known whether the tag is in', () => {
    const lines = clearLines(rescue, nothing);
    expect(lines.slice(0, 2)).toEqual(['bc *', 'bl']);
    expect(lines).toContain('ed nt!PoolHitTag 0');
  });
});
