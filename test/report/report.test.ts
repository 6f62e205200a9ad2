import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.js';
import { buildReport } from '../../src/report/build/build.js';
import { jsonReport } from '../../src/report/formats/json.js';
import { answer, textReport } from '../../src/report/formats/text.js';
import type { Report } from '../../src/report/model.js';
import { readLogFile, readLogStream } from '../../src/report/read/read-log.js';

const logs = path.resolve(import.meta.dirname, '../../fixtures/logs');
const plain = { top: 10, colour: false, columns: 80 };

async function reportOf(...lines: string[]): Promise<Report> {
  async function* chunks() {
    yield Buffer.from(`${lines.join('\r\n')}\r\n`);
  }
  return buildReport([{ name: '-', findings: await readLogStream(chunks()) }]);
}
async function fixtureReport(name: string): Promise<Report> {
  return buildReport([{ name, findings: await readLogFile(path.join(logs, name)) }]);
}
const stack = (...sites: string[]): string[] => [
  'Breakpoint 0 hit',
  'ChildEBP RetAddr  ',
  ...sites.map((site) => `f7a1bb38 80892ed6 ${site}`),
];

describe('the text report', () => {
  it.each(readdirSync(logs).filter((name) => name.endsWith('.log')))('of %s is as it was accepted', async (name) => {
    const report = await fixtureReport(name);
    const text = textReport(report, plain);
    await expect(text).toMatchFileSnapshot(`golden/${name.replace('.log', '.txt')}`);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('answers in the first sentence', async () => {
    const a = stack('nt!ExAllocatePoolWithTag+0x1', 'a!One+0x1');
    const b = stack('nt!ExAllocatePoolWithTag+0x1', 'a!Two+0x1');
    const kernel = stack('nt!ExAllocatePoolWithTag+0x1', 'nt!CcX+0x1');
    const user = stack('nt!CcX+0x1', 'nt!KiFastCallEntry+0xf8', 'ntdll!ZwX');
    expect(answer(await reportOf(...a))).toBe('a made 1 allocation, in a!One.');
    expect(answer(await reportOf(...a, ...a))).toBe('a made all 2 allocations, in a!One.');
    expect(answer(await reportOf(...a, ...a, ...b, ...kernel))).toBe(
      'a made 3 of 4 allocations, most of them in a!One.',
    );
    expect(answer(await reportOf(...a, ...b))).toBe('a made all 2 allocations, most often in a!One.');
    expect(answer(await reportOf(...kernel))).toMatch(/^nt itself, .* made 1 allocation, in nt!CcX\.$/);
    expect(answer(await reportOf(...user))).toMatch(/^ntdll, in user mode .* made 1 hit, in nt!CcX\.$/);
  });

  it('cuts lists at --top and says so', async () => {
    const many = Array.from({ length: 15 }, (_, i) => stack(`driver${i}!A+0x1`)).flat();
    const text = textReport(await reportOf(...many), { ...plain, top: 3 });
    expect(text.match(/… and 12 more \(--top 15\)/g)).toHaveLength(3);
    expect(text).not.toContain('driver9');
  });

  it('shows no control characters of a hostile log, and nothing wider than the terminal', async () => {
    const report = await reportOf(...stack(`evil\x1b[2J!A\u202e+0x1`, `a!${'B'.repeat(10_000)}+0x1`));
    const text = textReport(report, plain);
    expect(text).toContain('evil!A\ufffd+0x1');
    expect(text).not.toMatch(/[\x1b\u202e]/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBe(80);
  });

  it('is coloured only on demand', async () => {
    const report = await reportOf(...stack('a!B'));
    expect(textReport(report, plain)).not.toContain('\x1b');
    expect(textReport(report, { ...plain, colour: true })).toContain('\x1b[1ma made 1 hit');
  });
});

describe('the JSON report', () => {
  it('carries the fields that were promised', async () => {
    const report = JSON.parse(
      [...jsonReport(await reportOf(...stack('nt!ExAllocatePoolWithTag+0x2ba', 'leaky+0x10', '0x815ef600')))].join(''),
    );
    expect(report).toMatchObject({
      hits: 1,
      frames: 3,
      stacks: [
        {
          count: 1,
          frames: [
            { text: 'nt!ExAllocatePoolWithTag+0x2ba', module: 'nt', symbol: 'ExAllocatePoolWithTag', offset: 0x2ba },
            { text: 'leaky+0x10', module: 'leaky', symbol: null, offset: 0x10 },
            { text: '0x815ef600', module: null, symbol: null, offset: null },
          ],
        },
      ],
      drivers: [{ name: 'leaky', hits: 1 }],
      callers: [{ name: 'leaky+0x10', hits: 1 }],
      unresolved: [
        { text: '0x815ef600', hits: 1 },
        { text: 'leaky+0x10', hits: 1 },
      ],
      unread: [],
      bytes: null,
    });
  });

  it('adds up: hits by driver, by caller and by stack are all hits', async () => {
    for (const name of readdirSync(logs).filter((name) => name.endsWith('.log'))) {
      const report = await fixtureReport(name);
      const sum = (list: readonly { hits: number }[]): number => list.reduce((all, { hits }) => all + hits, 0);
      expect(sum(report.drivers)).toBe(report.hits);
      expect(sum(report.callers)).toBe(report.hits);
      expect(report.stacks.reduce((all, { count }) => all + count, 0)).toBe(report.hits);
      expect(report.drivers.map(({ callers, hits }) => sum(callers) - hits)).toEqual(report.drivers.map(() => 0));
      expect(report.read.bytes).toBe(readFileSync(path.join(logs, name)).length);
    }
  });

  it('limits stacks, and only them, by --top', async () => {
    const report = await reportOf(...stack('a!B'), ...stack('c!D'));
    expect(JSON.parse([...jsonReport(report, 1)].join(''))).toMatchObject({
      hits: 2,
      stacks: [{ count: 1 }],
      drivers: [{}, {}],
    });
    expect(JSON.parse([...jsonReport(report, 1)].join('')).stacks).toHaveLength(1);
  });

  it('shows tags that C padded with zeros', async () => {
    const line = (tag: string): string[] => [
      'ChildEBP RetAddr  Args to Child',
      `f7a1bb38 80892ed6 00000048 ${tag} 00000000 nt!MmAllocateSpecialPool`,
    ];
    const report = await reportOf(...line('006b6444'), ...line('00000041'), ...line('e56b6f54'));
    expect(report.tags.map(({ tag }) => tag).sort()).toEqual(['A\\0\\0\\0', 'Ddk\\0', 'Toke']);
  });
});

describe('readLogFile', () => {
  const fault = async (file: string): Promise<Fault> =>
    readLogFile(file).then(
      () => {
        throw new Error('read');
      },
      (error) => error,
    );

  it('says what is wrong with a file it cannot read', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug-report-'));
    const missing = await fault(path.join(folder, 'none.log'));
    expect(missing).toBeInstanceOf(Fault);
    expect(missing.message).toContain('There is no file');
    expect((await fault(folder)).message).toContain('is a folder');
  });
});
