import { EXIT, type ExitCode } from '../../fault.js';
import { SessionKeyboard } from './keyboard.js';
import { type KeyedSession, SessionKeys } from './keys.js';

/** What an operator can do to a session. */
export interface OperatedSession extends KeyedSession {
  leave(): void;
}

/** A second Ctrl+C within this time is the first one, passed on once more by a program in between, as npm does. */
const SAME_PRESS_MS = 200;

let current: { readonly session: OperatedSession; readonly say: (line: string) => void } | undefined;
let interrupts = 0;
let lastInterrupt = Number.NEGATIVE_INFINITY;
let asked: { readonly reason: string; readonly exitCode: ExitCode } | undefined;
let listening = false;
let over: ExitCode | undefined;

/** The session has ended so, and has said so: from here on a Ctrl+C ends the program. */
export function sessionOver(exitCode: ExitCode): void {
  over = exitCode;
}

/** What somebody has asked this program to end with, if anybody has. */
export function askedToEnd(): ExitCode | undefined {
  return asked?.exitCode;
}

/**
 * Ties the terminal to a session: its keys, the first Ctrl+C releases, the second leaves at once.
 * A hang-up and a SIGTERM release, however often they come. Until the program ends no signal ends it by itself: what is
 * still to be said and written comes first. @returns what unties the terminal
 */
export function connectOperator(session: OperatedSession, say: (line: string) => void): () => void {
  current = { session, say };
  listenToOperator();
  if (asked) session.release(asked.reason, asked.exitCode);
  // Ctrl+Break is what breaks in at kd's own window: hands that know kd press it here, too.
  const breakIn = (): void => session.breakIn();
  if (process.platform === 'win32') process.on('SIGBREAK', breakIn);
  const keys = new SessionKeys(session, say);
  const keyboard = new SessionKeyboard({ key: (key) => keys.press(key), interrupt: interrupted });
  return () => {
    current = undefined;
    keyboard.close();
    if (process.platform === 'win32') process.off('SIGBREAK', breakIn);
  };
}

/** From here on no signal ends this program by itself: it is asked to end, and looks after its target first. */
export function listenToOperator(): void {
  if (listening) return;
  listening = true;
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', () => endWith('asked to end', EXIT.terminated));
  process.on('SIGHUP', () => endWith('the terminal was closed', EXIT.interrupted));
}

function interrupted(): void {
  const now = performance.now();
  if (now - lastInterrupt < SAME_PRESS_MS) return;
  lastInterrupt = now;
  if (over !== undefined) process.exit(over);
  if (++interrupts > 1 && current) current.session.leave();
  else endWith('interrupted by the operator', EXIT.interrupted);
}

function endWith(reason: string, exitCode: ExitCode): void {
  if (asked) return;
  asked = { reason, exitCode };
  current?.say('Releasing the target. Ctrl+C again leaves at once, whatever state it is in.');
  current?.session.release(reason, exitCode);
}
