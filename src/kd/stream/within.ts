import type { Timers } from '../wire/timers.js';

/** Waits for something, but not for ever. @returns whether it came in time */
export function within(timers: Timers, ms: number, something: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = timers.after(ms, () => resolve(false));
    something.then(
      () => {
        cancel();
        resolve(true);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
