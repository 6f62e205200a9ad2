import { performance } from 'node:perf_hooks';

/** The one source of time and timers of the simulator. Delays are simulated milliseconds; `speed` divides every one of them. */
export interface SimulatorClock {
  /** Monotonic real milliseconds. */
  now(): number;
  /** Real milliseconds that a simulated delay lasts. */
  real(simulatedMs: number): number;
  /** Calls back after a simulated delay; gives a function that takes it back. */
  after(simulatedMs: number, call: () => void): () => void;
  /** Resolves after a simulated delay, early when the signal fires; gives the real milliseconds that passed. */
  sleep(simulatedMs: number, signal?: AbortSignal): Promise<number>;
}

// setTimeout rounds up to whole milliseconds and cannot wait longer than a signed 32-bit number of them.
const longest = 2 ** 31 - 1;

/** @param speed how many simulated milliseconds fit into a real one */
export function createClock(speed: number): SimulatorClock {
  const now = (): number => performance.now();
  const real = (ms: number): number => ms / speed;
  const after = (ms: number, call: () => void): (() => void) => {
    const timer = setTimeout(call, Math.min(longest, Math.max(0, real(ms))));
    return () => clearTimeout(timer);
  };
  const sleep = async (ms: number, signal?: AbortSignal): Promise<number> => {
    const from = now();
    if (ms <= 0 || signal?.aborted) return 0;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = after(ms, done);
      signal?.addEventListener('abort', done, { once: true });
    });
    return now() - from;
  };
  return { now, real, after, sleep };
}
