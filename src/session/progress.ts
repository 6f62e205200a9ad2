import type { Records } from './records.js';
import type { SessionStatus } from './status.js';

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
