import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConsoleReader } from '../../src/kd-text/reader.js';

const folder = fileURLToPath(new URL('../../../shared/transcripts', import.meta.url));

/** Which notable events each transcript holds, and how many; a kind that is not named must not come. Prompts are not counted. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  '01': { exception: 4, hit: 3, 'bug-check': 1, stack: 4 },
  '03': { exception: 1 },
  '04': {},
  '05': { established: 1 },
  '07': { opened: 1, established: 1, 'waiting-to-reconnect': 1 },
  '08': { established: 1, exception: 1, 'break-box': 1, hit: 1, 'waiting-to-reconnect': 1 },
  '09': { 'waiting-to-reconnect': 1 },
  '10': { shutdown: 1, established: 1, hit: 1, 'waiting-to-reconnect': 1 },
  '12': { opened: 1, established: 1, retry: 1, 'link-lost': 1, 'waiting-to-reconnect': 1 },
  '13': { opened: 1, established: 1, 'waiting-to-reconnect': 1 },
  '14': { retry: 4, 'link-lost': 1 },
  '15': { hit: 3, stack: 1 },
  '18': { established: 1, 'bug-check': 1, exception: 1, 'waiting-to-reconnect': 1 },
  '19': { 'bug-check': 1, exception: 1 },
  '21': { exception: 1, 'break-box': 1 },
  '26': { hit: 1, stack: 1 },
  '33': { hit: 1 },
  '34': { hit: 1 },
  '35': { 'open-failure': 1, 'start-failure': 1 },
  '36': { 'start-failure': 1 },
  '37': { 'client-joined': 1 },
  '40': { opened: 1, established: 1, exception: 1, 'break-box': 1 },
  '49': { exception: 1 },
};

/** Information that a session never acts on. */
const SILENT = new Set(['prompt', 'line', 'banner', 'connected-to', 'kernel-version', 'built-by', 'place']);

describe.skipIf(!existsSync(folder))('real transcripts', () => {
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    it(`${name} gives no stray event`, () => {
      const bytes = readFileSync(path.join(folder, name));
      const counts: Record<string, number> = {};
      const reader = new ConsoleReader();
      for (let at = 0; at < bytes.length; at += 7) {
        for (const { kind } of reader.push(bytes.subarray(at, at + 7)))
          if (!SILENT.has(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
      }
      const number = name.slice(0, 2);
      const expected = EXPECTED[number];
      if (expected === undefined) expect(counts.established ?? 0, JSON.stringify(counts)).toBe(0);
      else
        for (const kind of new Set([...Object.keys(counts), ...Object.keys(expected)])) {
          if (kind === 'waiting-to-reconnect') continue;
          expect(counts[kind] ?? 0, `${kind} in ${JSON.stringify(counts)}`).toBe(expected[kind] ?? 0);
        }
    });
  }
});
