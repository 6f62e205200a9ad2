import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepHaltedFile } from '../../../src/kd/shell/halted-file.js';
import { realTimers } from '../../../src/kd/wire/timers.js';
import { formatHaltedFile, parseHaltedFile } from '../../../src/kd-text/listings/halted-total.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'halted file '));
  file = path.join(folder, 'halted');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const said = () => parseHaltedFile(readFileSync(file, 'latin1'));

it('follows a target, and has the last figure when it ends', () => {
  const target = { haltedMs: 0, running: 'unknown' as 'unknown' | 'halted' | 'running' };
  const end = keepHaltedFile(file, target, realTimers);
  Object.assign(target, { haltedMs: 130, running: 'halted' });
  vi.advanceTimersByTime(250);
  expect(said()).toEqual({ ms: 130, stands: true });
  Object.assign(target, { haltedMs: 150.6, running: 'running' });
  end();
  expect(said()).toEqual({ ms: 151, stands: false });
});

it.each([
  ['stands still where an earlier kd saw it stand: it has stood all the time', true, 'halted', 8000],
  ['runs where an earlier kd saw it stand: somebody has let it go, nobody knows when', true, 'running', 3000],
  ['stands still where an earlier kd saw it run: nobody knows since when', false, 'halted', 3000],
] as const)('goes on from what an earlier kd left, of a target that %s', (_what, stands, running, least) => {
  writeFileSync(file, formatHaltedFile({ ms: 2000, stands }));
  const death = Date.now() / 1000 - 6;
  utimesSync(file, death, death);
  const target = { haltedMs: 0, running: 'unknown' as 'unknown' | 'halted' | 'running' };
  const end = keepHaltedFile(file, target, realTimers);
  vi.advanceTimersByTime(500);
  expect(said()?.ms).toBe(2000);
  Object.assign(target, { haltedMs: 1000, running });
  end();
  expect(said()?.ms).toBeGreaterThanOrEqual(least);
  expect(said()?.ms).toBeLessThan(least + 500);
});

it('disturbs nothing where it cannot be written', () => {
  const target = { haltedMs: 5, running: 'halted' as const };
  keepHaltedFile(path.join(folder, 'nowhere', 'halted'), target, realTimers)();
});

it('is read only when it is whole', () => {
  const text = formatHaltedFile({ ms: 1234.5, stands: true });
  expect(parseHaltedFile(text)).toEqual({ ms: 1235, stands: true });
  for (let length = 0; length < text.length; length++) expect(parseHaltedFile(text.slice(0, length))).toBeUndefined();
});
