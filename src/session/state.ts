import type { BreakInWay } from '../debugger/break-in.js';
import type { ExitCode } from '../fault.js';
import type { ConsoleEvent } from '../kd-text/events.js';
import { NO_MODULES, type SeenModules } from './boots.js';
import type { Trap } from './hit-commands.js';

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
  | 'released'
  | 'lost'
  | 'unknown';

/** How the target stands, as far as kd's text has shown. */
export type Disposition = 'running' | 'halted' | 'unknown';

/** Why a target stands still although nobody of us asked for it. */
export interface Stop {
  /** `cut`: a stack and then a prompt, which is what a break-in leaves of a hit whose stack it has cut. */
  readonly kind: 'bug-check' | 'assertion' | 'exception' | 'hit' | 'break-in' | 'cut';
  readonly text: string;
  /** Of an exception: the function it stands in. */
  readonly place?: string;
}

/** What the current break-in or halt is for. */
export type Aim = 'arm' | 'release';

/** What an answer of kd belongs to. */
export type Purpose = 'probe' | 'resolve' | 'reload' | 'arm' | 'clear';

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
  | 'leave';

export interface SessionState {
  readonly phase: Phase;
  readonly target: Disposition;
  /** A breakpoint of ours may be in the target. */
  readonly armed: boolean;
  /** The breakpoint is that of a debugging server that was joined: leaving it leaves that, too. */
  readonly theirs: boolean;
  readonly aim: Aim;
  /** Set when the session is on its way out. */
  readonly ending?: { readonly reason: string; readonly exitCode: ExitCode };
  /** Index into the ladder of break-in ways: the one that worked last is tried first. */
  readonly rung: number;
  /** Ways tried for the present break-in. */
  readonly tries: number;
  /** Break-ins sent that have not been seen to work; one of them may still fire after the next resume. */
  readonly breaksOwed: number;
  /** A break-in is on its way to be proved. */
  readonly breaking: boolean;
  /** What a break-in waits for that is not sent yet: the client that is to press, or the first bytes of the next hit. */
  readonly awaits?: 'client' | 'hit';
  /** A break-in was sent, ever. */
  readonly pressed: boolean;
  /** When the last hit began to be printed. */
  readonly lastHitAt?: number;
  /** When kd last told something that it has from the target. */
  readonly heardAt?: number;
  /** Of the present arming: when it was confirmed, and hits until then. */
  readonly armedAt?: number;
  readonly hitsBefore: number;
  /** When the watch over hits that cease was set last, and how often it has spoken since the last hit. */
  readonly quietSetAt?: number;
  readonly quiets: number;
  /** When there was last a sign that the target boots: each module that it loads stops it until kd has taken it in. */
  readonly bootsAt?: number;
  /** Others have joined the debugging server: what stops the target may be theirs. */
  readonly colleagues: boolean;
  /** Stacks since the last prompt: somebody who asks for one gets one, and then a prompt. */
  readonly stacksRunning: number;
  /** `g` was typed and is not confirmed yet. */
  readonly resuming: boolean;
  readonly resumes: number;
  readonly resumedAt?: number;
  /** When the present break-in was sent to a target that was not known to stand. */
  readonly brokeAt?: number;
  /** When kd first spoke of a connection after that. */
  readonly linkedAt?: number;
  /** When kd had last told something then: it may have sent the break-in only after a silence. */
  readonly heardBeforeBreak?: number;
  readonly haltedSince?: number;
  /** The target was seen to stand still, and has neither been seen to run nor to restart since, whatever became of kd. */
  readonly stood: boolean;
  /** A break-in of ours was on its way when its kd ended: it may have stopped the target. */
  readonly unproved: boolean;
  /** A `g` of ours was confirmed, and nothing has been set since. */
  readonly freed: boolean;
  readonly haltedMs: number;
  /** All of it, hits included, as kd has measured it: a kd of ours says so when it leaves. */
  readonly kdHaltedMs?: number;
  readonly stop?: Stop;
  /** Code of the bug check that the target has told of, and has not been seen to leave since. */
  readonly crashed?: string;
  /** The target stands at the question of a failed assertion: kd takes one letter, and no commands. */
  readonly question: boolean;
  readonly symbol?: string;
  /** What kd answered when the breakpoint's place was looked for. */
  readonly resolved: readonly string[];
  /** What kd has told of the target's modules. */
  readonly modules: SeenModules;
  /** The module list was read in this connection, or tried to. */
  readonly reloaded: boolean;
  /** The breakpoints that were set last. */
  readonly traps: readonly Trap[];
  readonly clears: number;
  /** Interrupts sent to a busy kd for the present halt. */
  readonly cancels: number;
  readonly hits: number;
  readonly connects: number;
  /** Of these, those of the present kd: its first one is no sign of a reboot. */
  readonly kdConnects: number;
  readonly starts: number;
  /** Why kd could not start, from its own words. */
  readonly startFailure?: { readonly text: string; readonly code?: number; readonly path?: string };
  /** A session was armed before: after a reboot or a loss it arms again by itself. */
  readonly wasArmed: boolean;
  /** Questions asked so far; only the answer to the last one counts. */
  readonly asked: number;
  /** The last question is open: its commands may still be in kd's input. */
  readonly asking: boolean;
  readonly leaving: boolean;
  /** The line to the target was gone, and is open again; whether anything answers on it is not known. */
  readonly lineBack: boolean;
  /** kd has ended and is not started again yet. */
  readonly kdGone: boolean;
}

export const INITIAL: SessionState = {
  phase: 'idle',
  target: 'unknown',
  armed: false,
  theirs: false,
  aim: 'arm',
  rung: 0,
  tries: 0,
  breaksOwed: 0,
  breaking: false,
  colleagues: false,
  pressed: false,
  stacksRunning: 0,
  hitsBefore: 0,
  quiets: 0,
  resuming: false,
  resumes: 0,
  haltedMs: 0,
  stood: false,
  unproved: false,
  freed: false,
  question: false,
  traps: [],
  resolved: [],
  modules: NO_MODULES,
  reloaded: false,
  clears: 0,
  cancels: 0,
  hits: 0,
  connects: 0,
  kdConnects: 0,
  starts: 0,
  wasArmed: false,
  asked: 0,
  asking: false,
  leaving: false,
  lineBack: false,
  kdGone: false,
};

/** What happens to a session. `at` is monotonic milliseconds. */
export type SessionEvent = { readonly at: number } & (
  | { readonly type: 'start' }
  | { readonly type: 'console'; readonly event: ConsoleEvent }
  | { readonly type: 'answer'; readonly id: number; readonly purpose: Purpose; readonly lines: readonly string[] }
  | { readonly type: 'hits'; readonly total: number }
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
  | { readonly type: 'exited'; readonly code: number | undefined; readonly signal: string | undefined }
);

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
