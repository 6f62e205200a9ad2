import type { BreakInWay } from '../../debugger/break-in-ways.js';
import type { ExitCode } from '../../fault.js';
import type { ConsoleEvent } from '../../kd-text/events.js';
import { NO_MODULES_SEEN, type SeenModules } from './boots.js';
import { type BurstState, NO_BURSTS } from './bursts.js';
import { NOTHING_OURS, type OursState } from './ours.js';

// The whole state of a session, its events and its effects, as data. docs/session-states.md has the states in words.
// Nothing is decided here.

export type Phase =
  | 'idle'
  | 'starting'
  | 'waiting'
  | 'connected'
  | 'breaking'
  | 'halted'
  | 'arming'
  | 'collecting'
  | 'releasing'
  | 'leaving'
  | 'released'
  | 'lost'
  | 'unknown';

/** How the target stands, as far as kd's text has shown. */
export type Disposition = 'running' | 'halted' | 'unknown';

/** Why a target stands still although nobody of us asked for it. */
export interface TargetStop {
  /** `cut`: a stack and then a prompt, which is what a break-in leaves of a hit whose stack it has cut. */
  readonly kind: 'bug-check' | 'assertion' | 'exception' | 'hit' | 'break-in' | 'cut';
  readonly text: string;
  /** Of an exception: the function it stands in. */
  readonly place?: string;
}

/** What the current break-in or halt is for. */
export type Aim = 'arm' | 'release';

/** What an answer of kd belongs to. */
export type Purpose = 'probe' | 'resolve' | 'reload' | 'unassemble' | 'arm' | 'clear' | 'go';

export type TimerName =
  | 'wait'
  | 'break-after'
  | 'break-settled'
  | 'break'
  | 'probe'
  | 'halt-limit'
  | 'cancelled'
  | 'confirm'
  | 'for'
  | 'respawn'
  | 'quiet'
  | 'pause'
  | 'leave';

/** The debugger, or the client that has joined one, and its line. */
export interface KdState {
  readonly starts: number;
  readonly connects: number;
  /** Of these, those of the present kd: its first one is no sign of a reboot. */
  readonly connectsSinceStart: number;
  /** It has ended and is not started again yet. */
  readonly gone: boolean;
  /** Why it could not start, from its own words. */
  readonly startFailure?: { readonly text: string; readonly code?: number; readonly path?: string };
  /** The line to the target was gone, and is open again; whether anything answers on it is not known. */
  readonly lineBack: boolean;
  /** A client: something has come from the server that it joins. */
  readonly joined: boolean;
  /** Others have joined the debugging server: what stops the target may be theirs. */
  readonly colleagues: boolean;
  /** When it last told something that it has from the target. */
  readonly heardAt?: number;
  /** All standstill, hits included, as it has measured it: a kd of ours says so when it leaves. */
  readonly haltedMs?: number;
}

/** What is known of the target. */
export interface TargetState {
  readonly disposition: Disposition;
  /** It was seen to stand still, and has neither been seen to run nor to restart since, whatever became of kd. */
  readonly stood: boolean;
  /** A break-in of ours was on its way when its kd ended: it may have stopped the target. */
  readonly unproved: boolean;
  /** A `g` of ours was confirmed, and nothing has been set since. */
  readonly freed: boolean;
  /** `g` was typed, or it boots, and that it runs is not confirmed yet. */
  readonly resuming: boolean;
  /** How often `g` was typed since it was last seen to run. */
  readonly resumes: number;
  readonly resumedAt?: number;
  /** The question that kd answers right before the `g` that it comes with. */
  readonly goBehind?: number;
  readonly haltedSince?: number;
  /** Of the halts that are over. */
  readonly haltedMs: number;
  readonly stop?: TargetStop;
  /** Code of the bug check that it has told of, and has not been seen to leave since. */
  readonly crashed?: string;
  /** It stands at the question of a failed assertion: kd takes one letter, and no commands. */
  readonly atQuestion: boolean;
  /** When there was last a sign that it boots: each module that it loads stops it until kd has taken it in. */
  readonly bootsAt?: number;
  /** What kd has told of its modules. */
  readonly modules: SeenModules;
  /** The module list was read in this connection, or tried to. */
  readonly reloaded: boolean;
}

/** A break-in that is on its way to be proved. */
export interface BreakInAttempt {
  /** Ways tried for it. */
  readonly tries: number;
  /** What it waits for before it is sent: the client that is to press, or the first bytes of the next hit. */
  readonly awaits?: 'client' | 'hit';
  /** When it was sent to a target that was not known to stand. */
  readonly sentAt?: number;
  /** When kd first spoke of a connection after that. */
  readonly linkedAt?: number;
  /** When kd had last told something then: it may have sent the break-in only after a silence. */
  readonly heardBefore?: number;
}

/** What outlives a break-in. */
export interface BreakState {
  /** Index into the ladder of break-in ways: the one that worked last is tried first. */
  readonly rung: number;
  /** Break-ins sent that have not been seen to work; one of them may still fire after the next resume. */
  readonly owed: number;
  /** A break-in was sent, ever. */
  readonly pressed: boolean;
}

/** Questions to kd. */
export interface QueryState {
  /** Asked so far; only the answer to the last one counts. */
  readonly last: number;
  /** The last one is open: its commands may still be in kd's input. */
  readonly open: boolean;
  /** Commands that set a breakpoint may still be in kd's input: they are carried out at the next stop, after a reboot as well. */
  readonly arms: boolean;
  /** Interrupts sent to a busy kd for the present halt. */
  readonly cancels: number;
}

export interface HitState {
  readonly total: number;
  /** When the last one began to be printed. */
  readonly lastAt?: number;
  /** Stacks since the last prompt: somebody who asks for one gets one, and then a prompt. */
  readonly stacksSincePrompt: number;
  /** Hits until the present arming was confirmed. */
  readonly beforeArming: number;
  /** When the watch over hits that cease was set last, and how often it has spoken since the last hit. */
  readonly quietSetAt?: number;
  readonly quiets: number;
}

export interface SessionState {
  readonly phase: Phase;
  readonly aim: Aim;
  /** Set when the session is on its way out. */
  readonly ending?: { readonly reason: string; readonly exitCode: ExitCode };
  readonly kd: KdState;
  readonly target: TargetState;
  readonly ours: OursState;
  /** There as long as a break-in is under way. */
  readonly breakIn?: BreakInAttempt;
  readonly breaks: BreakState;
  readonly query: QueryState;
  readonly hits: HitState;
  readonly bursts: BurstState;
}

export const INITIAL: SessionState = {
  phase: 'idle',
  aim: 'arm',
  kd: { starts: 0, connects: 0, connectsSinceStart: 0, gone: false, lineBack: false, joined: false, colleagues: false },
  target: {
    disposition: 'unknown',
    stood: false,
    unproved: false,
    freed: false,
    resuming: false,
    resumes: 0,
    haltedMs: 0,
    atQuestion: false,
    modules: NO_MODULES_SEEN,
    reloaded: false,
  },
  ours: NOTHING_OURS,
  breaks: { rung: 0, owed: 0, pressed: false },
  query: { last: 0, open: false, arms: false, cancels: 0 },
  hits: { total: 0, stacksSincePrompt: 0, beforeArming: 0, quiets: 0 },
  bursts: NO_BURSTS,
};

/** @returns milliseconds for which the target has stood still, its hits left out, up to `now` */
export function haltedMs({ target }: SessionState, now: number): number {
  return target.haltedMs + (target.haltedSince === undefined ? 0 : now - target.haltedSince);
}

/** What happens to a session. */
export type EventBody =
  | { readonly type: 'start' }
  | { readonly type: 'console'; readonly event: ConsoleEvent }
  | { readonly type: 'answer'; readonly id: number; readonly purpose: Purpose; readonly lines: readonly string[] }
  /** `haltedMs`: all standstill so far, hits included, where that is asked for. */
  | { readonly type: 'hits'; readonly total: number; readonly haltedMs?: number }
  | { readonly type: 'timer'; readonly name: TimerName }
  /** What was to be made ready for a break-in is. */
  | { readonly type: 'break-ready' }
  /** The break-in that is under way could not be sent. */
  | { readonly type: 'break-failed'; readonly way: BreakInWay; readonly text: string }
  /** kd takes up memory or handles without end, as some versions do while they wait for a target. */
  | { readonly type: 'runaway'; readonly text: string }
  | { readonly type: 'operator'; readonly action: 'break' }
  | { readonly type: 'operator'; readonly action: 'release'; readonly reason: string; readonly exitCode: ExitCode }
  | { readonly type: 'operator'; readonly action: 'leave' }
  | { readonly type: 'exited'; readonly code: number | undefined; readonly signal: string | undefined };

/** `at` is monotonic milliseconds. */
export type SessionEvent = { readonly at: number } & EventBody;

/** What a session does to the world. */
export type Effect =
  | { readonly do: 'spawn' }
  | { readonly do: 'type'; readonly line: string }
  | { readonly do: 'ask'; readonly id: number; readonly purpose: Purpose; readonly lines: readonly string[] }
  /** Makes ready what a break-in will be sent with: the event `break-ready` follows. */
  | { readonly do: 'ready-break'; readonly way: BreakInWay }
  /** `atHit`: with what was made ready, as the moment counts. */
  | { readonly do: 'break'; readonly way: BreakInWay; readonly atHit: boolean }
  /** The break-in is proved or given up: helpers of it may go. */
  | { readonly do: 'break-over' }
  /** Cancels the command that kd is busy with. The target stands still already: this is no break-in. */
  | { readonly do: 'cancel-command'; readonly way: BreakInWay }
  | { readonly do: 'timer'; readonly name: TimerName; readonly ms: number }
  | { readonly do: 'cancel-timer'; readonly name: TimerName }
  | { readonly do: 'flush' }
  | { readonly do: 'tell'; readonly event: string; readonly detail: Readonly<Record<string, unknown>> }
  | { readonly do: 'end-kd' }
  | { readonly do: 'finish'; readonly exitCode: ExitCode; readonly reason: string };
