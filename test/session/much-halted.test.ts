import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Phase } from '../../src/session/core/state.js';
import { tellMuchHalted } from '../../src/session/progress.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A session that stands still for a share of every second. */
function watched(share: number): { told: object[]; phase: (phase: Phase) => void; end: () => void } {
  const told: object[] = [];
  const began = performance.now();
  let phase: Phase = 'collecting';
  const records = { add: (event: string, detail: object = {}) => told.push({ event, ...detail }) };
  const end = tellMuchHalted(records as never, () => ({
    phase,
    halted_total_ms: 9000 + (performance.now() - began) * share,
    hits_per_minute: 400,
  }));
  return {
    told,
    end,
    phase: (next) => {
      phase = next;
    },
  };
}

it('a target that stands still for much of its time is told of once, with the share', () => {
  const session = watched(0.63);
  vi.advanceTimersByTime(29_000);
  expect(session.told).toEqual([]);
  vi.advanceTimersByTime(300_000);
  expect(session.told).toEqual([{ event: 'much-halted', share: 0.63, hits_per_minute: 400 }]);
});

it('one that serves, and one that is only being armed, are not', () => {
  const serves = watched(0.2);
  const arms = watched(0.9);
  arms.phase('arming');
  vi.advanceTimersByTime(300_000);
  expect([...serves.told, ...arms.told]).toEqual([]);
  arms.phase('collecting');
  arms.end();
  vi.advanceTimersByTime(300_000);
  expect(arms.told).toEqual([]);
});
