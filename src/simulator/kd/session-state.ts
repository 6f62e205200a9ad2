import type { Random } from '../random.js';
import type { Inbox } from './inbox.js';
import type { Kd } from './kd.js';
import type { EventNamed, TimelineEvent } from './scenario/scenario.js';
import { Timeline } from './scenario/timeline.js';
import type { Target } from './target/target.js';
import { Waiter } from './waiter.js';

/** What a session needs from the process around it; none of these comes back. */
export interface Ends {
  /** kd ends by itself. */
  readonly finish: (how: string, code: number) => Promise<never>;
  /** kd dies on the spot. */
  readonly crash: (code: number) => never;
  /** kd stops answering anybody, for good. */
  readonly hang: () => never;
}

/** `waiting` for a connection, target `running`, in a `hit` that may go on by itself, `halted` at the prompt. */
export type Mode = 'waiting' | 'running' | 'hit' | 'halted';

/** Begins the name of a user whom only the scenario knows. */
export const foreign = 'foreign:';

/** Everything that changes while a simulated kd is at work. */
export interface SimulatedSession {
  readonly kd: Kd;
  readonly target: Target;
  readonly random: Random;
  readonly ends: Ends;
  readonly waiter: Waiter;
  readonly inbox: Inbox;
  readonly timeline: Timeline;
  mode: Mode;
  /** The target is there: booted, and at the other end of the cable. */
  online: boolean;
  /** A break-in is due as soon as the target runs. */
  breakWanted: boolean;
  /** The target stands at a hit whose commands let it go on: a break-in cuts them short. */
  interruptible: boolean;
  /** When the target was last heard of, in real milliseconds: a hit, a print, its going on. */
  heardAt: number;
  /** kd has lost its process: so many commands are refused. */
  refusals: number;
  /** So many breaks get lost on their way. */
  swallow: number;
  /** When somebody's command last resumed the target, in real milliseconds. */
  resumedAt: number;
  /** No stop was seen since this kd connected. */
  firstStop: boolean;
  bugCheck: EventNamed<'bug-check'> | undefined;
  /** What befalls the target as soon as it runs, in order. */
  readonly happenings: TimelineEvent[];
}

/** @param apply told of each event of the scenario's timeline when its time has come */
export function newSession(
  parts: Pick<SimulatedSession, 'kd' | 'target' | 'random' | 'ends'>,
  makeInbox: (notify: () => void) => Inbox,
  apply: (session: SimulatedSession, event: TimelineEvent) => void,
): SimulatedSession {
  const { kd } = parts;
  const waiter = new Waiter();
  const { fired } = kd.statistics.books.carried;
  const session: SimulatedSession = {
    ...parts,
    waiter,
    inbox: makeInbox(() => waiter.notify()),
    timeline: new Timeline(kd.scenario.timeline, fired, kd.clock, (event) => apply(session, event)),
    mode: 'waiting',
    online: false,
    breakWanted: kd.options.breakOnConnect || kd.options.breakOnModuleLoad,
    interruptible: false,
    heardAt: Number.NEGATIVE_INFINITY,
    refusals: 0,
    swallow: 0,
    resumedAt: Number.NEGATIVE_INFINITY,
    firstStop: true,
    bugCheck: undefined,
    happenings: [],
  };
  return session;
}

/** Waits for news, at most so many real milliseconds. A kd whose input has ended, with nobody else to serve, goes home instead. */
export async function idle({ inbox, kd, ends, waiter }: SimulatedSession, realMs: number): Promise<void> {
  const served = kd.server && !kd.scenario.kd.ends_with_input;
  if (inbox.ended && inbox.size === 0 && !served) await ends.finish('stdin-eof', 0);
  await waiter.wait(realMs);
}

/** The target can be reached from now on. */
export function comeOnline(session: SimulatedSession): void {
  session.online = true;
  session.waiter.notify();
}
