import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/report/build/build.js';
import { writeHeadline, writeRemarks } from '../../src/report/headline.js';
import { HitReader } from '../../src/stacks/read/hit-reader.js';

const folder = path.resolve(import.meta.dirname, '../../../shared/cases');

interface Right {
  readonly hits: number;
  readonly allocations: number;
  readonly frees: number;
  readonly callers: Readonly<Record<string, number>>;
  /** Words of the answer and its remarks, and words that must not be in the answer. */
  readonly says?: readonly string[];
  readonly not?: readonly string[];
  readonly stops?: readonly string[];
  readonly outstanding?: number;
}

const one = { hits: 1, allocations: 1, frees: 0 };
const open = { ...one, callers: { 'tapedrv!TapeOpen': 1 } };
const three = (through: string): Right => ({
  hits: 3,
  allocations: 3,
  frees: 0,
  callers: { 'tapedrv!TapeIoControl': 3 },
  says: [`through ${through}`],
});

/** The right answers, by the beginning of the file's name. */
const RIGHT: Readonly<Record<string, Right>> = {
  e1: { hits: 3, allocations: 3, frees: 0, callers: { 'spooldrv+0x1022': 2, 'netdrv+0x1022': 1 } },
  e2: { hits: 2, allocations: 2, frees: 0, callers: { 'spooldrv+0x1022': 2 }, says: ['kd had no symbols of nt'] },
  'k0-poolhittag-xp': {
    hits: 2,
    allocations: 1,
    frees: 1,
    callers: { 'cachedrv!CacheGrow': 1, 'cachedrv!CacheShrink': 1 },
    stops: ['pool-hit-tag', 'pool-hit-tag'],
  },
  'k0-poolhittag-11': {
    hits: 3,
    allocations: 2,
    frees: 1,
    callers: { 'cachedrv!CacheGrow': 1, 'cachedrv!CacheShrink': 1, 'dmadrv!DmaGetBuffer': 1 },
    stops: ['pool-hit-tag', 'pool-hit-tag', 'pool-hit-tag'],
  },
  'k1-kn-header-missing': { hits: 2, allocations: 2, frees: 0, callers: { 'tapedrv!TapeSend': 1, 'diskdrv!Send': 1 } },
  'k1-kn-header-glued': { ...one, callers: { 'tapedrv!TapeSend': 1 } },
  'k1-nt4': { ...one, callers: { 'tapedrv!TapeSend': 1 } },
  'k1-two': { ...one, callers: { 'tapedrv!TapeSend': 1 } },
  'k2-bug': { ...open, says: ['crash'] },
  'k2-nmi': { ...open, says: ['crash'] },
  'k3-mex': open,
  'k4-stack': open,
  'k4-mex': { hits: 3, allocations: 3, frees: 0, callers: { 'tapedrv!TapeOpen': 3 } },
  'k5-verifier-80': {
    hits: 3,
    allocations: 2,
    frees: 1,
    outstanding: 1,
    callers: { 'tapedrv!TapeOpen': 2, 'tapedrv!TapeClose': 1 },
  },
  'k5-verifier-4': {
    hits: 1,
    allocations: 0,
    frees: 0,
    callers: { 'tapedrv!TapeOpen': 1 },
    says: ['Driver Verifier injected'],
  },
  k6: { hits: 2, allocations: 1, frees: 1, callers: { 'tapedrv!TapeOpen': 1, 'tapedrv!TapeClose': 1 } },
  k7: { ...one, callers: { 'tapedrv!TapeSendLists': 1 }, not: ['diskdrv'] },
  k8: open,
  k9: open,
  k11: { ...one, callers: { '(driver not certain)': 1 }, says: ['frames 2 to 4 are missing'] },
  f1: three('Wdf01000'),
  f2: three('ndis'),
  f3: three('FLTMGR'),
  f4: three('win32k'),
  f5: three('storport'),
};

const FILES = [
  'e1-engine-no-breakpoint-line',
  'e2-engine-export-symbols',
  'f1-kmdf',
  'f2-ndis',
  'f3-minifilter',
  'f4-win32k',
  'f5-storport',
  'k0-poolhittag-11',
  'k0-poolhittag-xp',
  'k1-kn-header-glued-to-command',
  'k1-kn-header-missing',
  'k1-nt4-frameptr',
  'k1-two-blanks-after-first-address',
  'k11-gap-in-frame-numbers',
  'k2-bugcheck-over-allocation',
  'k2-nmi-over-allocation',
  'k3-mex-t',
  'k4-mex-us',
  'k4-stack-window',
  'k5-verifier-4',
  'k5-verifier-80',
  'k6-helper-innermost',
  'k7-unreadable-in-the-middle',
  'k8-ansi',
  'k8-cr-only',
  'k8-nbsp',
  'k8-quoted',
  'k8-tab',
  'k8-timestamps',
  'k8-upper-hex',
  'k9-followup-ip',
];

describe.skipIf(!existsSync(folder))('small inputs of every kind', () => {
  it.each(FILES)('%s', (name) => {
    const right = Object.entries(RIGHT).find(([key]) => name.startsWith(key))?.[1] as Right;
    for (const size of [100_000, 7]) {
      const reader = new HitReader();
      const log = readFileSync(path.join(folder, `${name}.log`));
      for (let at = 0; at < log.length; at += size) reader.push(log.subarray(at, at + size));
      reader.end();
      const report = buildReport([{ name, findings: reader.findings() }]);
      const { hits, allocations, frees, callers, unreadTotal } = report;
      expect({ hits, allocations, frees, unreadTotal }).toEqual({
        hits: right.hits,
        allocations: right.allocations,
        frees: right.frees,
        unreadTotal: 0,
      });
      expect(Object.fromEntries(callers.map((caller) => [caller.name, caller.hits]))).toEqual(right.callers);
      const said = [writeHeadline(report), ...writeRemarks(report)].join(' ');
      for (const words of right.says ?? []) expect(said).toContain(words);
      for (const words of right.not ?? []) expect(said).not.toContain(words);
      if (right.stops) expect(report.stops.map(({ kind }) => kind)).toEqual(right.stops);
      if (right.outstanding !== undefined) expect(report.outstanding?.count).toBe(right.outstanding);
    }
  });
});
