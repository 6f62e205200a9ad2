import { expect, it } from 'vitest';
import { emptyTargetBooks, type TargetBooks } from '../../src/simulator/stub/statistics/target-statistics.js';
import { KillRecord } from './kill-record.js';

const AGO_MS = 60_000;

/** Books that were opened a minute ago. */
function books(violations: readonly [string, number][], breaks: readonly number[] = []): TargetBooks {
  return {
    ...emptyTargetBooks('a target', new Date(Date.now() - AGO_MS).toISOString()),
    violations: violations.map(([kind, at_ms]) => ({ kind, text: '', at_ms })) as TargetBooks['violations'],
    halts: breaks.map((at_ms) => ({ reason: 'break', at_ms, ms: 0, requests: 0 })),
  };
}

function kinds(record: KillRecord, of: TargetBooks): string[] {
  return record.judged(of).map(({ kind }) => kind);
}

it('leaves everything as it is where nobody was killed', () => {
  expect(kinds(new KillRecord(), books([['left-armed', AGO_MS + 5]]))).toEqual(['left-armed']);
});

it('excuses what follows a kill, each kind once, until somebody breaks in again', () => {
  const record = new KillRecord();
  record.add(false);
  const found = books(
    [
      ['left-armed', AGO_MS - 1000],
      ['left-armed', AGO_MS + 20],
      ['exit-halted', AGO_MS + 300],
      ['left-armed', AGO_MS + 400],
      ['exit-halted', AGO_MS + 2000],
    ],
    [AGO_MS - 2000, AGO_MS + 1000],
  );
  const killed = ['killed or left-armed', 'killed or exit-halted'];
  expect(kinds(record, found)).toEqual(['left-armed', ...killed, 'left-armed', 'exit-halted']);
});

it('keeps silent on the kill that the scenario is about', () => {
  const record = new KillRecord();
  record.add(true);
  expect(kinds(record, books([['left-armed', AGO_MS + 20]]))).toEqual([]);
  expect(kinds(record, books([['left-armed', AGO_MS + 20]], [AGO_MS + 15]))).toEqual(['left-armed']);
});
