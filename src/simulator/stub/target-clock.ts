import { performance } from 'node:perf_hooks';

/** Time as the simulated target sees it: everything that waits takes it from here. */
export interface TargetClock {
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** Calls back once, so many milliseconds later; gives a function that takes it back. */
  after(ms: number, call: () => void): () => void;
}

/** The time of this host. */
export function realClock(): TargetClock {
  return {
    now: () => performance.now(),
    after(ms, call) {
      const timer = setTimeout(call, Math.max(0, ms));
      return () => clearTimeout(timer);
    },
  };
}
