import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { HitReader } from '../../src/stacks/read/hit-reader.js';

const folder = path.resolve(import.meta.dirname, '../../../shared/transcripts');

/** Hits and frames per transcript, counted by reading them; every other transcript has none. */
const STACKS: Readonly<Record<string, { hits: number; frames: number; drivers: readonly string[] }>> = {
  '01': { hits: 4, frames: 10 + 7 + 10 + 46, drivers: ['Sample', 'ntdll'] },
  '15': { hits: 1, frames: 6, drivers: ['ntdll'] },
  '26': { hits: 1, frames: 18, drivers: ['tabletaudiosample'] },
  '27': { hits: 1, frames: 7, drivers: ['nt'] },
  '29': { hits: 1, frames: 14, drivers: ['SIoctl'] },
  '31': { hits: 1, frames: 14, drivers: ['RealBug'] },
};

describe.skipIf(!existsSync(folder))('the transcripts of real kd', () => {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.txt')) : [];

  it.each(files)('%s: no frame lost, none invented, nothing unread', (name) => {
    const expected = STACKS[name.slice(0, 2)] ?? { hits: 0, frames: 0, drivers: [] };
    for (const text of [
      readFileSync(path.join(folder, name), 'utf8'),
      readFileSync(path.join(folder, name), 'utf8').replaceAll('\n', '\r\n'),
    ]) {
      const reader = new HitReader();
      reader.push(Buffer.from(text));
      reader.end();
      expect({
        hits: reader.hits,
        frames: reader.frames,
        drivers: reader.aggregator.drivers.ranked.map((driver) => driver.name),
        unread: reader.unread.lines,
      }).toEqual({ ...expected, unread: [] });
    }
  });

  it('are all there', () => {
    expect(files.length).toBeGreaterThanOrEqual(35);
    expect(Object.keys(STACKS).filter((key) => !files.some((name) => name.startsWith(key)))).toEqual([]);
  });
});
