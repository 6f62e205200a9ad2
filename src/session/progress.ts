import type { Records } from './records.js';
import type { SessionStatus } from './status.js';

// Records that come by the clock and not by an event: progress, and a target that is halted for much of its time.
// They only tell; nothing is decided by them.

const EVERY_MS = 60_000;
const LOOK_MS = 1000;

/**
 * Writes a record `progress` when the session begins to collect, when it ceases to, and once a minute while hits come:
 * it ties places in debug.log to the clock, so that a report can show hits over time.
 * @returns what ends it
 */
export function tellProgress(records: Records, status: () => Pick<SessionStatus, 'hits' | 'log_bytes'>): () => void {
  let last = { hits: -1, at: Number.NEGATIVE_INFINITY };
  const tell = (): void => {
    const { hits, log_bytes } = status();
    if (hits === last.hits) return;
    last = { hits, at: performance.now() };
    records.add('progress', { hits, log_bytes });
  };
  const stop = records.listen(({ event, phase }) => {
    if (event === 'phase' && (phase === 'collecting' || phase === 'releasing' || phase === 'lost')) tell();
  });
  const timer = setInterval(() => {
    if (performance.now() - last.at >= EVERY_MS) tell();
  }, LOOK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    stop();
    tell();
  };
}

/** A server that stands still for so much of its time is felt by whoever uses it. */
const MUCH = 0.25;
/** A share of less time says little. */
const WATCHED_MS = 30_000;

type Halts = Pick<SessionStatus, 'phase' | 'halted_total_ms' | 'hits_per_minute'>;

/**
 * Writes one record `much-halted` when hits let the target stand still for much of the time: what a halt budget is for.
 * @returns what ends it
 */
export function tellMuchHalted(records: Pick<Records, 'add'>, status: () => Halts): () => void {
  let since: { readonly at: number; readonly halted: number } | undefined;
  const timer = setInterval(() => {
    const { phase, halted_total_ms: halted, hits_per_minute } = status();
    const at = performance.now();
    if (phase !== 'collecting') since = undefined;
    else if (since === undefined) since = { at, halted };
    else if (at - since.at >= WATCHED_MS) {
      const share = (halted - since.halted) / (at - since.at);
      if (share >= MUCH) {
        records.add('much-halted', { share: Math.round(Math.min(1, share) * 1000) / 1000, hits_per_minute });
        clearInterval(timer);
      }
      since = { at, halted };
    }
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
