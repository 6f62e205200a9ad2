import type { Console } from '../../debugging-server/console.js';
import type { SimulatedKdStart } from './kd-process.js';
import type { Ends } from './session-state.js';
import { exitCodeFor } from './start-failures.js';
import { violationsAtExit } from './target/statistics.js';

/** How a simulated kd ends its process, with its books in order. */
export interface Departure extends Ends {
  /** Ends without ever having had the target. */
  readonly leave: (how: string, code: number) => Promise<never>;
  /** Has something done before the process exits. */
  readonly beforeExit: (last: () => Promise<void>) => void;
}

// Nobody may read what kd prints last; it does not wait for them longer than this.
const longestFlushMs = 1000;

export function departureOf({ statistics }: SimulatedKdStart, screen: Console): Departure {
  const lasts: (() => Promise<void>)[] = [];
  let leaving = false;
  const never = new Promise<never>(() => {});

  const record = (how: string): void => {
    Object.assign(statistics.books.kd, { ended: true, how });
    statistics.books.ended = true;
    statistics.save();
  };
  const exit = async (code: number): Promise<never> => {
    setTimeout(() => process.exit(exitCodeFor(code)), longestFlushMs);
    await screen.drained();
    await Promise.all([screen.closeLog(), ...lasts.map((last) => last())]);
    process.stdout.write('', () => process.exit(exitCodeFor(code)));
    return never;
  };
  return {
    beforeExit: (last) => void lasts.push(last),
    async leave(how, code) {
      record(how);
      return exit(code);
    },
    async finish(how, code) {
      if (leaving) return never;
      leaving = true;
      for (const violation of violationsAtExit(statistics.books, how, statistics.answered, statistics.atMs())) {
        statistics.books.violations.push(violation);
      }
      record(how);
      return exit(code);
    },
    crash(code) {
      record('crash');
      process.exit(exitCodeFor(code));
    },
    hang() {
      statistics.books.kd.how = 'hang';
      statistics.save();
      // Only the default action of a signal ends a process that never comes back to its loop.
      for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.removeAllListeners(signal);
      for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
  };
}
