import { describe, expect, it } from 'vitest';
import type { ConsoleEvent } from '../../src/kd-text/events.js';
import type { Plan } from '../../src/session/core/plan.js';
import type { Effect, SessionEvent, SessionState } from '../../src/session/core/state.js';
import { step } from '../../src/session/core/step.js';
import { BASE } from './base-plan.js';
import { type Given, stateOf } from './state-of.js';

const PROMPT: ConsoleEvent = { kind: 'prompt', prompt: { kind: 'kd', processor: 0 } };
const EXCEPTION: ConsoleEvent = { kind: 'exception', code: '80000003', text: 'Break instruction exception' };

type Body = SessionEvent extends infer E ? (E extends SessionEvent ? Omit<E, 'at'> : never) : never;

/** A state and what happens: the state that follows, and all effects. */
function stepped(
  given: Given,
  bodies: readonly Body[],
  plan: Partial<Plan> = {},
): { state: SessionState; effects: Effect[] } {
  const effects: Effect[] = [];
  let state = stateOf(given);
  for (const body of bodies) {
    const next = step(state, { ...body, at: 1000 } as SessionEvent, { ...BASE, ...plan });
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects };
}

const console_ = (event: ConsoleEvent): Body => ({ type: 'console', event });
const EXCEPTION_SAID = console_(EXCEPTION);
const told = (effects: readonly Effect[], event: string) =>
  effects.flatMap((effect) => (effect.do === 'tell' && effect.event === event ? [effect.detail] : []));
const finished = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.do === 'finish' ? [effect.exitCode] : []));

describe('leaving', () => {
  it.each<[string, Given, number]>([
    ['a break-in is under way', { phase: 'breaking', breakIn: { tries: 0 }, target: { disposition: 'running' } }, 20],
    ['a resume is not confirmed', { phase: 'releasing', target: { resuming: true } }, 20],
    ['it is armed', { phase: 'collecting', ours: { armed: true }, target: { disposition: 'running' } }, 20],
    ['the target stands', { phase: 'halted', target: { disposition: 'halted' } }, 20],
    ['nothing was sent', { phase: 'waiting' }, 130],
    [
      'what is armed is somebody else’s',
      { phase: 'collecting', ours: { armed: true, theirs: true }, target: { disposition: 'running' } },
      130,
    ],
  ])('at once, while %s', (_while, state, exitCode) => {
    expect(finished(stepped(state, [{ type: 'operator', action: 'leave' }]).effects)).toEqual([exitCode]);
  });

  it.each<[string, Given, Partial<Plan>, number]>([
    ['is freed', { target: { freed: true, disposition: 'running' } }, {}, 130],
    ['stood, and was not seen to run since', { target: { stood: true } }, {}, 20],
    ['holds a breakpoint', { ours: { armed: true } }, {}, 20],
    ['was to be rescued, and is freed', { target: { freed: true, disposition: 'running' } }, { goal: 'release' }, 130],
    ['was to be rescued, and never answered', {}, { goal: 'release' }, 20],
  ])('ends as the target is known, which %s', (_how, state, plan, exitCode) => {
    const ending = { reason: 'asked', exitCode: 130 } as const;
    const { effects } = stepped(
      { phase: 'leaving', ending, ...state },
      [{ type: 'exited', code: 0, signal: undefined }],
      plan,
    );
    expect(finished(effects)).toEqual([exitCode]);
  });
});

describe('a break-in', () => {
  it('is owed from the moment it is sent', () => {
    const { state } = stepped({ phase: 'connected', target: { disposition: 'running' } }, [
      { type: 'operator', action: 'break' },
    ]);
    expect(state).toMatchObject({ phase: 'breaking', breaks: { owed: 1, pressed: true } });
  });

  it.each([
    ['nt!DbgBreakPointWithStatus', 0],
    ['nt!RtlpBreakWithStatusInstruction', 0],
    ['nt!MmAllocateSpecialPool', 1],
  ])('that shows no box is the one that was owed where it stands in %s: %i left', (symbol, owed) => {
    const { state } = stepped(
      { phase: 'breaking', breakIn: { tries: 0 }, breaks: { owed: 1 }, target: { disposition: 'running' } },
      [console_(EXCEPTION), console_({ kind: 'place', symbol }), console_(PROMPT)],
    );
    expect(state).toMatchObject({ phase: 'arming', breaks: { owed: owed } });
  });

  it('that is owed is waited out before a target is left', () => {
    const clear: Body = { type: 'answer', id: 1, purpose: 'clear', lines: [] };
    const releasing = {
      phase: 'releasing',
      aim: 'release',
      target: { disposition: 'halted' },
      query: { last: 1, open: true },
    } as const;
    expect(stepped({ ...releasing, breaks: { owed: 1 } }, [clear]).effects).toContainEqual({
      do: 'timer',
      name: 'confirm',
      ms: BASE.lateBreakMs,
    });
    expect(stepped(releasing, [clear]).effects).toContainEqual({ do: 'timer', name: 'confirm', ms: BASE.confirmMs });
  });

  it('that cancels a command comes late, perhaps, and is owed', () => {
    const { state } = stepped({ phase: 'arming', target: { disposition: 'halted' }, aim: 'arm' }, [
      { type: 'timer', name: 'halt-limit' },
    ]);
    expect(state).toMatchObject({ breaks: { owed: 1 }, query: { cancels: 1 }, aim: 'release' });
  });
});

describe('an answer', () => {
  it('to an older question says nothing', () => {
    const given: Given = {
      phase: 'releasing',
      aim: 'release',
      target: { disposition: 'halted' },
      query: { last: 2, open: true },
    };
    const { state, effects } = stepped(given, [{ type: 'answer', id: 1, purpose: 'clear', lines: [] }]);
    expect(effects).toEqual([]);
    expect(state.query.open).toBe(true);
  });
});

describe('a loss', () => {
  it.each<[string, Given]>([
    ['armed', { ours: { armed: true, armedBefore: true } }],
    ['that stood', { target: { stood: true } }],
    ['that stands', { target: { disposition: 'halted' } }],
  ])('of kd leaves nothing known of a target %s', (_how, given) => {
    const exit: Body = { type: 'exited', code: 1, signal: undefined };
    const { state } = stepped(
      { phase: 'collecting', target: { disposition: 'running' }, kd: { starts: 1 }, ...given },
      [exit],
    );
    expect(state).toMatchObject({ phase: 'lost', target: { disposition: 'unknown' } });
  });

  it('of the link, perhaps, leaves what was set where it is', () => {
    const { state } = stepped(
      { phase: 'collecting', ours: { armed: true }, target: { disposition: 'running' }, kd: { connectsSinceStart: 1 } },
      [console_({ kind: 'established' })],
    );
    expect(state).toMatchObject({ phase: 'connected', ours: { armed: true } });
  });

  it.each<[string, NonNullable<Given['query']>, boolean]>([
    ['breakpoints are being cleared', { last: 1, open: true }, false],
    ['commands that set one wait in kd’s input', { last: 2, open: true, arms: true }, true],
  ])('of the target by a reboot, while %s: what is set at its next stop', (_while, query, armed) => {
    const given: Given = { phase: 'arming', ours: { armed: true }, target: { disposition: 'halted' }, query };
    const shutdown = console_({ kind: 'shutdown' });
    expect(stepped(given, [shutdown]).state.ours.armed).toBe(false);
    expect(stepped(given, [shutdown, EXCEPTION_SAID]).state.ours.armed).toBe(armed);
  });

  it('of the target by a reboot takes the breakpoint along', () => {
    const { state } = stepped(
      { phase: 'collecting', ours: { armed: true }, target: { disposition: 'running', crashed: 'd1' } },
      [console_({ kind: 'shutdown' })],
    );
    expect(state).toMatchObject({ phase: 'waiting', ours: { armed: false } });
    expect(state.target.crashed).toBeUndefined();
  });
});

describe('a halt', () => {
  it('is counted when it is over', () => {
    const { state, effects } = stepped(
      { phase: 'halted', target: { disposition: 'halted', haltedSince: 400, haltedMs: 50 } },
      [{ type: 'operator', action: 'break' }],
    );
    expect(state.target.haltedMs).toBe(650);
    expect(told(effects, 'halt')).toEqual([{ ms: 600, total_ms: 650 }]);
  });

  it('for a release has an allowance of its own', () => {
    const { effects } = stepped({ phase: 'halted', target: { disposition: 'halted' }, aim: 'release' }, [
      { type: 'operator', action: 'release', reason: 'asked', exitCode: 130 },
    ]);
    expect(effects).toContainEqual({ do: 'timer', name: 'halt-limit', ms: 10_000 });
  });

  it('at a bug check is held, whatever the policy, and told of once', () => {
    const { state, effects } = stepped(
      { phase: 'collecting', ours: { armed: true }, target: { disposition: 'running' } },
      [console_({ kind: 'bug-check', code: '0000000a' }), console_(EXCEPTION), console_(PROMPT)],
    );
    expect(state).toMatchObject({ phase: 'halted', target: { crashed: '0000000a' } });
    expect(told(effects, 'stop')).toEqual([{ kind: 'bug-check', text: '0000000a', policy: 'hold' }]);
    expect(effects).not.toContainEqual({ do: 'type', line: 'g' });
  });

  it.each(['connected', 'breaking', 'lost'] as const)(
    'at a bug check is for nobody to arm: found while %s',
    (phase) => {
      const { state, effects } = stepped({ phase, target: { disposition: 'running', crashed: '0000000a' } }, [
        console_(EXCEPTION),
        console_(PROMPT),
      ]);
      expect(state.phase).toBe('halted');
      expect(effects.filter((effect) => effect.do === 'ask' || effect.do === 'type')).toEqual([]);
      expect(told(effects, 'stop')).toEqual([{ kind: 'bug-check', text: '0000000a', policy: 'hold' }]);
    },
  );

  it.each([
    [4, 'releasing'],
    [5, 'unknown'],
  ] as const)('that comes again right behind each g: %i times before, then %s', (resumes, phase) => {
    const given: Given = { phase: 'releasing', aim: 'release', target: { resuming: true, resumes } };
    expect(stepped(given, [console_(EXCEPTION), console_(PROMPT)]).state.phase).toBe(phase);
  });

  it.each([
    ['g', 'collecting'],
    ['gh', 'collecting'],
    ['gn', 'collecting'],
    ['gc;', 'collecting'],
    ['bc *;g', 'collecting'],
    ['kb', 'halted'],
    ['dg', 'halted'],
    ['gflags', 'halted'],
  ] as const)('that a colleague ends by typing %s: %s', (text, phase) => {
    const { state } = stepped({ phase: 'halted', target: { disposition: 'halted' } }, [
      console_({ kind: 'client-command', who: 'LAB', text }),
    ]);
    expect(state.phase).toBe(phase);
  });
});
