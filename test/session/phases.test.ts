import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/fault.js';
import { CTRL_B } from '../../src/kd-text/control-keys.js';
import type { ConsoleEvent } from '../../src/kd-text/events.js';
import type { Plan } from '../../src/session/core/plan.js';
import type { Effect, Phase, SessionEvent } from '../../src/session/core/state.js';
import { step } from '../../src/session/core/step.js';
import { BASE } from './base-plan.js';
import { type Given, stateOf } from './state-of.js';

/** One step: where a session stands, what happens, where it stands then, and what it does to the world, in order. */
type Row = readonly [
  what: string,
  given: Given,
  event: Body,
  then: object,
  effects: readonly string[],
  plan?: Partial<Plan>,
];
type Body = SessionEvent extends infer E ? (E extends SessionEvent ? Omit<E, 'at'> : never) : never;

const NOW = 100_000;
const FOUND = 'fffff800`01234560 nt!MmAllocateSpecialPool (<no parameter info>)';

/** An effect in a few words; that a timer was cancelled, a log flushed or a phase told of goes without saying. */
function short(effect: Effect): string[] {
  switch (effect.do) {
    case 'type':
      return [`type ${effect.line === CTRL_B ? 'CTRL+B' : effect.line}`];
    case 'ask':
      return [`ask ${effect.purpose}`];
    case 'break':
      return [`break ${effect.way}${effect.atHit ? ' at the hit' : ''}`];
    case 'cancel-command':
    case 'ready-break':
      return [`${effect.do} ${effect.way}`];
    case 'timer':
      return [`timer ${effect.name}`];
    case 'tell':
      return effect.event === 'phase' ? [] : [`tell ${effect.event}`];
    case 'finish':
      return [`finish ${effect.exitCode}`];
    case 'cancel-timer':
    case 'flush':
      return [];
    default:
      return [effect.do];
  }
}

const said = (event: ConsoleEvent): Body => ({ type: 'console', event });
const PROMPT = said({ kind: 'prompt', prompt: { kind: 'kd', processor: 0 } });
const HIT = said({ kind: 'hit', breakpoint: 0 });
const STACK = said({ kind: 'stack' });
const EXCEPTION = said({ kind: 'exception', code: '80000003', text: 'Break instruction exception' });
const JOINED = said({ kind: 'client-joined', who: 'us' });
const ESTABLISHED = said({ kind: 'established' });
const SHUTDOWN = said({ kind: 'shutdown' });
const timer = (name: Extract<SessionEvent, { type: 'timer' }>['name']): Body => ({ type: 'timer', name });
const answer = (purpose: Extract<SessionEvent, { type: 'answer' }>['purpose'], ...lines: string[]): Body => ({
  type: 'answer',
  id: 1,
  purpose,
  lines,
});
const gone = (code: number | undefined, signal?: string): Body => ({ type: 'exited', code, signal });
const ENTER: Body = { type: 'operator', action: 'break' };
const RELEASE: Body = { type: 'operator', action: 'release', reason: 'Ctrl+C', exitCode: 130 };
const LEAVE: Body = { type: 'operator', action: 'leave' };

const running = { disposition: 'running' } as const;
const halted = { disposition: 'halted', stood: true, haltedSince: NOW - 500 } as const;
const armed = { armed: true, armedBefore: true } as const;
const open = { last: 1, open: true } as const;
const ending = { reason: 'Ctrl+C', exitCode: 130 } as const;
const breakIn = { tries: 0, sentAt: NOW - 100 } as const;

const TABLES: Readonly<Record<Phase, readonly Row[]>> = {
  idle: [['is started', {}, { type: 'start' }, { phase: 'starting', kd: { starts: 1 } }, ['spawn']]],
  starting: [
    ['kd waits', {}, said({ kind: 'waiting-to-reconnect' }), { phase: 'waiting' }, []],
    ['is released before anything', {}, RELEASE, { phase: 'leaving' }, ['tell ending', 'type CTRL+B', 'timer leave']],
    ['kd ends', { kd: { starts: 1 } }, gone(1), {}, ['tell kd-ended', 'finish 1']],
    ['a client is let in', { query: open }, JOINED, { kd: { joined: true } }, ['timer probe'], { joined: true }],
    [
      'a client was let in, and its target answers nothing',
      { kd: { joined: true }, query: open },
      timer('probe'),
      { phase: 'connected', target: running },
      ['tell joined', 'timer break-after'],
      { joined: true },
    ],
    [
      'a client was never let in',
      { query: open },
      timer('probe'),
      { phase: 'starting', target: { disposition: 'unknown' } },
      ['tell not-joined', 'end-kd'],
      { joined: true },
    ],
  ],
  waiting: [
    ['the target connects', {}, ESTABLISHED, { phase: 'connected', target: running }, ['timer break-after']],
    [
      'the wait is over',
      {},
      timer('wait'),
      { phase: 'leaving', ending: { exitCode: EXIT.neverConnected } },
      ['type CTRL+B', 'timer leave'],
    ],
    [
      'Enter',
      {},
      ENTER,
      { phase: 'breaking', breakIn: { tries: 0 } },
      ['break interrupt', 'tell break-sent', 'timer break'],
    ],
  ],
  connected: [
    [
      'it has listened long enough',
      { target: running },
      timer('break-after'),
      { phase: 'breaking', breaks: { owed: 1, pressed: true } },
      ['break interrupt', 'tell break-sent', 'timer break'],
    ],
    [
      'it stands',
      {},
      PROMPT,
      { phase: 'arming', target: { disposition: 'halted', stood: true }, query: open },
      ['tell found-halted', 'timer halt-limit', 'ask resolve'],
    ],
  ],
  breaking: [
    ['kd is silent', { breakIn }, timer('break'), { query: open }, ['ask probe', 'timer probe']],
    [
      'the question is not answered either',
      { breakIn, query: open },
      timer('probe'),
      { breakIn: { tries: 1 }, breaks: { rung: 1, owed: 1 } },
      ['tell break-unanswered', 'break-over', 'break ctrl-f', 'tell break-sent', 'timer break'],
    ],
    [
      'the prompt comes',
      { breakIn, breaks: { owed: 1, pressed: true }, target: { ...halted, stop: { kind: 'break-in', text: '' } } },
      PROMPT,
      { phase: 'arming' },
      ['break-over', 'tell break-proved', 'ask resolve'],
    ],
    [
      'kd dies',
      { breakIn, breaks: { owed: 1, pressed: true }, kd: { starts: 1 } },
      gone(undefined, 'SIGKILL'),
      { phase: 'lost', target: { unproved: true }, kd: { gone: true } },
      ['break-over', 'tell kd-ended', 'timer respawn'],
    ],
    ['somebody leaves', { breakIn, breaks: { pressed: true } }, LEAVE, { phase: 'unknown' }, ['finish 20']],
  ],
  halted: [
    [
      'Enter',
      { target: halted },
      ENTER,
      { phase: 'collecting' },
      ['tell resumed-by', 'ask go', 'tell halt', 'timer confirm'],
    ],
    [
      'nobody comes',
      { target: halted },
      timer('halt-limit'),
      { phase: 'halted' },
      ['tell still-halted', 'timer halt-limit'],
    ],
    [
      'a colleague types g',
      { target: halted },
      said({ kind: 'client-command', who: 'somebody', text: 'g' }),
      { phase: 'collecting', target: { resuming: true } },
      ['tell halt', 'tell resumed-by', 'timer confirm'],
    ],
  ],
  arming: [
    [
      'kd finds the place, and knows the kernel alone',
      { target: halted, query: open },
      answer('resolve', FOUND),
      { target: { reloaded: true }, ours: { armed: false }, query: { last: 2, open: true } },
      ['tell reload', 'ask reload'],
    ],
    [
      'kd finds the place, and the module list is not to be read',
      { target: halted, query: open },
      answer('resolve', FOUND),
      { ours: { armed: true, symbol: 'nt!MmAllocateSpecialPool' }, query: { last: 2, open: true, arms: true } },
      ['tell reload-left-out', 'tell symbol', 'ask arm'],
      { modules: { reload: false, bytes: 57_800, ms: 0 } },
    ],
    [
      'kd finds none',
      { target: halted, query: open },
      answer('resolve', "Couldn't resolve error at 'nt!MmAllocateSpecialPool'"),
      { phase: 'releasing', aim: 'release', ending: { exitCode: EXIT.notResolved } },
      ['tell not-resolved', 'timer halt-limit', 'ask clear'],
    ],
    [
      'the breakpoint is set',
      {
        target: halted,
        query: open,
        ours: { armed: true, traps: [{ symbol: 'nt!MmAllocateSpecialPool', commands: ';kb;g' }] as never },
      },
      answer('arm', ' 0 e fffff800`01234560     0001 (0001) nt!MmAllocateSpecialPool ";kb;g"'),
      { phase: 'arming', target: { disposition: 'unknown', resuming: true } },
      ['ask go', 'tell halt', 'timer confirm'],
    ],
    [
      'it runs',
      { target: { resuming: true }, ours: { armed: true } },
      timer('confirm'),
      { phase: 'collecting', target: { disposition: 'running', resuming: false } },
      ['tell armed'],
    ],
    [
      'kd comes to the g at once',
      { target: { resuming: true, resumedAt: NOW - 5, goBehind: 1 }, ours: { armed: true }, query: open },
      answer('go'),
      { phase: 'arming', query: { open: false }, target: { resumedAt: NOW, haltedMs: 5 } },
      ['timer confirm'],
    ],
    [
      'kd comes to the g late: the target stood until then',
      { target: { resuming: true, resumedAt: NOW - 4000, goBehind: 1, haltedMs: 100 }, query: open },
      answer('go'),
      { phase: 'arming', target: { resumedAt: NOW, haltedMs: 4100 } },
      ['tell halt', 'timer confirm'],
    ],
    [
      'it may not run: kd has not come to the g',
      { target: { resuming: true, resumedAt: NOW - 300, goBehind: 1 }, ours: { armed: true }, query: open },
      timer('confirm'),
      { phase: 'arming', target: { disposition: 'unknown', resuming: true } },
      ['timer confirm'],
    ],
    [
      'it runs, and its last hit has come before that was confirmed',
      { target: { resuming: true }, ours: { armed: true }, hits: { total: 12 } },
      STACK,
      { phase: 'releasing', ending: { exitCode: 0 } },
      ['tell armed', 'tell ending', 'timer break-settled'],
      { maxHits: 12, lastHitMs: 100 },
    ],
    [
      'it stands for too long',
      { target: halted, query: open },
      timer('halt-limit'),
      { aim: 'release', breaks: { owed: 1 }, query: { cancels: 1 } },
      ['tell halt-limit', 'cancel-command interrupt', 'timer cancelled'],
    ],
  ],
  collecting: [
    [
      'Ctrl+C',
      { ours: armed, target: running },
      RELEASE,
      { phase: 'releasing' },
      ['tell ending', 'break interrupt', 'tell break-sent', 'timer break'],
    ],
    [
      'a prompt comes that nobody asked for',
      { ours: armed, target: { ...running, stop: { kind: 'exception', text: 'an int 3' } } },
      PROMPT,
      { phase: 'collecting', target: { resuming: true } },
      ['timer halt-limit', 'tell stop', 'ask go', 'tell halt', 'timer confirm'],
      { onStop: 'resume' },
    ],
    [
      'a bug check',
      { ours: armed, target: { ...running, stop: { kind: 'bug-check', text: '0a' }, crashed: '0a' } },
      PROMPT,
      { phase: 'halted', target: { disposition: 'halted' } },
      ['timer halt-limit', 'tell stop'],
      { onStop: 'resume' },
    ],
    ['the link is lost', { ours: armed, target: running }, said({ kind: 'link-lost' }), { phase: 'lost' }, []],
    [
      'the target shuts down',
      { ours: armed, target: running },
      SHUTDOWN,
      { phase: 'waiting', ours: { armed: false } },
      [],
    ],
    [
      'kd dies',
      { ours: armed, target: running, kd: { starts: 1 } },
      gone(1),
      { phase: 'lost', target: { disposition: 'unknown' }, ours: { armed: true } },
      ['tell kd-ended', 'timer respawn'],
    ],
  ],
  releasing: [
    [
      'the table is empty',
      { aim: 'release', ending, target: halted, ours: armed, query: open },
      answer('clear'),
      { ours: { armed: false }, target: { resuming: true } },
      ['ask go', 'tell halt', 'timer confirm'],
    ],
    [
      'the table is not empty',
      { aim: 'release', ending, target: halted, ours: armed, query: open },
      answer('clear', ' 0 e fffff800`01234560     0001 (0001) nt!MmAllocateSpecialPool ";kb;g"'),
      { ours: { armed: true, clears: 1 } },
      ['ask clear'],
    ],
    [
      'it is seen to run',
      { aim: 'release', ending, target: { resuming: true } },
      timer('confirm'),
      { phase: 'leaving', target: { freed: true, disposition: 'running' } },
      ['tell target-free', 'type CTRL+B', 'timer leave'],
    ],
    [
      'no way to break in works',
      { aim: 'release', ending, ours: armed, breakIn: { tries: 9 }, query: open },
      timer('probe'),
      { phase: 'unknown' },
      ['tell break-unanswered', 'break-over', 'finish 20'],
    ],
    [
      'kd does not answer',
      { aim: 'release', ending, target: halted, ours: armed, query: open },
      timer('halt-limit'),
      { query: { cancels: 1 }, breaks: { owed: 1 } },
      ['cancel-command interrupt', 'timer cancelled'],
    ],
  ],
  leaving: [
    ['kd ends', { ending, target: { ...running, freed: true } }, gone(0), { phase: 'released' }, ['finish 130']],
    ['kd does not end', { ending, target: running }, timer('leave'), {}, ['end-kd']],
    ['somebody releases once more', { target: running }, RELEASE, { phase: 'leaving', ending }, ['tell ending']],
    ['the target stops', { ending, target: running }, EXCEPTION, { target: { disposition: 'halted' } }, []],
    [
      'kd ends with a target that stands',
      { ending, target: { disposition: 'halted' }, kd: { starts: 1 } },
      gone(0),
      { phase: 'lost', target: { disposition: 'unknown' } },
      ['tell kd-ended', 'timer respawn'],
    ],
    [
      'kd says that it may stand',
      { ending, target: { ...running, freed: true }, kd: { starts: 1 } },
      gone(20),
      { phase: 'lost', target: { stood: true } },
      ['tell kd-ended', 'timer respawn'],
    ],
  ],
  lost: [
    ['it hits', { ours: armed }, HIT, { phase: 'collecting' }, ['tell recovered']],
    ['it prints a stack', { ours: armed }, STACK, { phase: 'collecting' }, ['tell recovered']],
    [
      'kd is started again',
      { kd: { starts: 1, gone: true } },
      timer('respawn'),
      { phase: 'starting', kd: { starts: 2, gone: false } },
      ['spawn'],
    ],
    [
      'Ctrl+C while kd is gone',
      { ours: armed, kd: { gone: true } },
      RELEASE,
      { phase: 'lost', aim: 'release' },
      ['tell ending'],
    ],
    [
      'Ctrl+C while the line is silent',
      { ours: armed },
      RELEASE,
      { phase: 'releasing' },
      ['tell ending', 'break interrupt', 'tell break-sent', 'timer break'],
    ],
  ],
  released: [['anything', {}, PROMPT, { phase: 'released' }, []]],
  unknown: [['anything', {}, PROMPT, { phase: 'unknown' }, []]],
};

for (const [phase, rows] of Object.entries(TABLES) as [Phase, readonly Row[]][]) {
  describe(`${phase}:`, () => {
    for (const [what, given, event, then, effects, plan] of rows) {
      it(what, () => {
        const next = step(stateOf({ ...given, phase }), { ...event, at: NOW } as SessionEvent, { ...BASE, ...plan });
        expect(next.state).toMatchObject(then);
        expect(next.effects.flatMap(short)).toEqual(effects);
      });
    }
  });
}
