import readline from 'node:readline';
import { EXIT, type ExitCode } from '../fault.js';

/** What an operator can do to a session. */
export interface Operated {
  breakIn(): void;
  release(reason: string, exitCode: ExitCode): void;
  leave(): void;
}

/**
 * Ties the terminal to a session: Enter breaks in, the first Ctrl+C releases, the second leaves.
 * A hang-up and a SIGTERM release too. @returns what unties it
 */
export function operate(session: Operated, say: (line: string) => void): () => void {
  let asked = 0;
  const interrupt = (reason: string, exitCode: ExitCode) => () => {
    asked++;
    if (asked === 1) {
      say('Releasing the target. Ctrl+C again leaves at once, whatever state it is in.');
      session.release(reason, exitCode);
    } else session.leave();
  };
  const handlers = [
    ['SIGINT', interrupt('interrupted by the operator', EXIT.interrupted)],
    ['SIGTERM', interrupt('asked to end', EXIT.terminated)],
    ['SIGHUP', interrupt('the terminal was closed', EXIT.interrupted)],
  ] as const;
  for (const [signal, handler] of handlers) process.on(signal, handler);
  // Ctrl+Break is what breaks in at kd's own window: hands that know kd press it here, too.
  const breakIn = (): void => session.breakIn();
  if (process.platform === 'win32') process.on('SIGBREAK', breakIn);
  const lines = process.stdin.isTTY ? readline.createInterface({ input: process.stdin }) : undefined;
  lines?.on('line', () => session.breakIn());
  // readline takes Ctrl+C from a terminal in raw mode only; in line mode it reaches us as SIGINT.
  lines?.on('SIGINT', handlers[0][1]);
  return () => {
    lines?.close();
    for (const [signal, handler] of handlers) process.off(signal, handler);
    if (process.platform === 'win32') process.off('SIGBREAK', breakIn);
  };
}
