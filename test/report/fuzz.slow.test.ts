import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildReport } from '../../src/report/build/build.js';
import { compareReports } from '../../src/report/comparison.js';
import { textComparison } from '../../src/report/formats/comparison-text.js';
import { firefoxReport } from '../../src/report/formats/firefox.js';
import { foldedReport } from '../../src/report/formats/folded.js';
import { jsonReport } from '../../src/report/formats/json.js';
import { markdownReport } from '../../src/report/formats/markdown.js';
import { speedscopeReport } from '../../src/report/formats/speedscope.js';
import { textReport } from '../../src/report/formats/text.js';
import { htmlReport } from '../../src/report/html/html.js';
import type { Report } from '../../src/report/model.js';
import { HitReader } from '../../src/stacks/read/hit-reader.js';

const here = import.meta.dirname;
const folders = [path.resolve(here, '../../fixtures/logs'), path.resolve(here, '../../../shared/transcripts')];
const seeds = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((name) => readFileSync(path.join(folder, name))));

/** Pieces of logs, put together and then damaged: bytes, line ends, stretches moved, the end cut off. */
const mutated = fc
  .tuple(
    fc.array(fc.constantFrom(...seeds), { minLength: 1, maxLength: 4 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(3)), { maxLength: 40 }),
    fc.uint8Array({ maxLength: 60 }),
    fc.nat(),
  )
  .map(([pieces, edits, noise, cut]) => {
    const whole = Buffer.concat([...pieces, noise]);
    for (const [where, byte, kind] of edits) {
      const at = where % whole.length;
      if (kind === 0) whole[at] = 0x0a;
      else if (kind === 1) whole.copyWithin(at, byte, Math.min(whole.length, byte + 200));
      else whole[at] = byte;
    }
    return whole.subarray(0, 1 + (cut % whole.length));
  });

function read(log: Uint8Array, cuts: readonly number[]): Report {
  const reader = new HitReader();
  let from = 0;
  for (const cut of cuts) {
    reader.push(log.subarray(from, from + cut));
    from += cut;
  }
  reader.push(log.subarray(from));
  reader.end();
  const findings = reader.findings();
  expect(findings.bytes).toBe(log.length);
  const head = log.subarray(0, 4096);
  // Returns alone may end lines, too.
  if (findings.encoding === 'plain' && (head.includes(0x0a) || !head.includes(0x0d))) {
    const feeds = log.filter((byte) => byte === 0x0a).length;
    const start = log[0] === 0xef && log[1] === 0xbb && log[2] === 0xbf ? 3 : 0;
    expect(findings.lines).toBe(feeds + (log.length > start && log.at(-1) !== 0x0a ? 1 : 0));
  }
  return buildReport([{ name: 'fuzz.log', findings }]);
}

function expectWhole(report: Report): void {
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  expect(sum(report.stacks.map(({ count }) => count))).toBe(report.hits);
  expect(
    sum(report.stacks.map(({ count, frames }) => count * frames.filter(({ mark }) => mark === undefined).length)),
  ).toBe(report.frames);
  expect(sum(report.drivers.map(({ hits }) => hits))).toBe(report.hits);
  expect(sum(report.callers.map(({ hits }) => hits))).toBe(report.hits);
  expect(sum(report.stops.map(({ hits }) => hits))).toBe(report.hits);
  expect(sum(report.processors.map(({ hits }) => hits))).toBe(report.hits);
  const over = report.measure === 'hits' ? report.hits - report.repeats : report.allocations;
  expect(sum(report.over.counts)).toBe(over);
  for (const { first, last } of report.stacks) {
    expect(first.offset).toBeLessThanOrEqual(last.offset);
    expect(first.offset + first.length).toBeLessThanOrEqual(report.read.bytes * 3);
  }
}

it('accounts for every byte, line, hit and frame of any damaged log', () => {
  fc.assert(
    fc.property(mutated, fc.array(fc.nat(4000), { maxLength: 5 }), (log, cuts) => {
      expectWhole(read(log, cuts));
    }),
    { numRuns: 400 },
  );
});

it('shows any damaged log in every form', () => {
  fc.assert(
    fc.property(mutated, mutated, (before, after) => {
      const [from, to] = [read(before, []), read(after, [])];
      const plain = { top: 5, colour: false, columns: 80 };
      for (const by of [undefined, 'time', 'stack'] as const)
        for (const line of textReport(to, { ...plain, by }).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
      expect(JSON.parse([...jsonReport(to)].join(''))).toMatchObject({ hits: to.hits });
      JSON.parse(speedscopeReport(to, { name: 'x' }));
      JSON.parse(firefoxReport(to, { name: 'x' }));
      for (const line of foldedReport(to)) expect(line).toMatch(/ \d+\n$/);
      markdownReport(to, plain);
      htmlReport(to, { title: 'x', texts: new Map() });
      textComparison(compareReports(from, to), plain);
    }),
    { numRuns: 60 },
  );
});
