import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build/build.js';
import { partsOf } from '../../../src/report/read/log-parts.js';
import { readLogFile } from '../../../src/report/read/read-log.js';
import { readTexts } from '../../../src/report/read/read-texts.js';
import { sessionTimes } from '../../../src/report/read/session-events.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug read log '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fixtures = path.resolve(import.meta.dirname, '../../../fixtures/logs');

/** A log of hits whose stacks, sizes and noise differ, as long as is asked for. */
function longLog(hits: number, end = '\n', announced = true): string {
  const lines = Array.from({ length: hits }, (_, i) => {
    const args = (n: number): string => n.toString(16).padStart(8, '0');
    return [
      ...(announced
        ? ['Breakpoint 0 hit', 'nt!MmAllocateSpecialPool:', '819ed600 8bff            mov     edi,edi']
        : []),
      'ChildEBP RetAddr  Args to Child              ',
      `f7a1bb38 80892ed6 ${args((i % 64) + 1)} 206b6444 00000001 nt!MmAllocateSpecialPool`,
      ...(i % 7 === 0 ? [`driver says ${i}`] : []),
      `f7a1bb60 80892ed6 ${args(i)} ${args(i * 7)} 00000001 drv${i % 5}!Function${i % 23}+0x${(i % 11).toString(16)}`,
      ...(i % 101 === 0 ? ['f7a1bb60 80892e'] : []),
      `f7a1bb60 80892ed6 ${args(i)} ${args(i * 7)} 00000001 nt!NtWriteFile+0x5d7`,
    ];
  });
  return lines.flat().join(end) + end;
}

describe('a large log', () => {
  it.each(['\n', '\r\n'])('is the same in one thread and in several, with lines that end with %j', async (end) => {
    const file = path.join(folder, `large${end.length}.log`);
    writeFileSync(file, longLog(60_000, end));
    const one = buildReport([{ name: file, findings: await readLogFile(file, { threads: 1 }) }]);
    expect(one.hits).toBe(60_000);
    expect(one.unreadTotal).toBe(Math.ceil(60_000 / 101));
    for (const threads of [2, 4])
      expect(buildReport([{ name: file, findings: await readLogFile(file, { threads }) }])).toEqual(one);
  });

  it.each(['\n', '\r\n'])('is the same where no stop is announced, with lines that end with %j', async (end) => {
    const file = path.join(folder, `unannounced${end.length}.log`);
    const text = `kd> bl${end}kd> ${longLog(60_000, end, false)}`;
    writeFileSync(file, text);
    const one = buildReport([{ name: file, findings: await readLogFile(file, { threads: 1 }) }]);
    expect(one).toMatchObject({ hits: 60_000, allocations: 60_000, repeats: 0 });
    const parts = partsOf(openSync(file, 'r'), 0, text.length, 2);
    expect(parts).toHaveLength(2);
    for (const threads of [2, 4])
      expect(buildReport([{ name: file, findings: await readLogFile(file, { threads }) }])).toEqual(one);
  });

  it('tells how far it has come', async () => {
    const file = path.join(folder, 'progress.log');
    const text = longLog(1000);
    writeFileSync(file, text);
    const seen: [number, number][] = [];
    await readLogFile(file, { threads: 1, onProgress: (done, size) => seen.push([done, size]) });
    expect(seen.at(-1)).toEqual([text.length, text.length]);
  });

  it('is cut at stops only, and not at all where there are none', () => {
    const file = path.join(folder, 'cut.log');
    const text = longLog(2000);
    writeFileSync(file, text);
    const parts = partsOf(openSync(file, 'r'), 0, text.length, 4);
    expect(parts).toHaveLength(4);
    expect(parts.at(-1)?.to).toBe(Number.POSITIVE_INFINITY);
    for (const { from } of parts) expect(text.slice(from)).toMatch(/^Breakpoint 0 hit\nnt!MmAllocateSpecialPool:\n/);
    const plain = path.join(folder, 'plain.log');
    writeFileSync(plain, 'words\n'.repeat(10_000));
    expect(partsOf(openSync(plain, 'r'), 0, 60_000, 4)).toEqual([{ from: 0, to: Number.POSITIVE_INFINITY }]);
  });

  it('says which thread failed', async () => {
    const file = path.join(folder, 'gone.log');
    writeFileSync(file, longLog(10));
    await expect(readLogFile(path.join(folder, 'none.log'), { threads: 2 })).rejects.toMatchObject({
      code: 'log-unreadable',
    });
  });
});

describe("kd's own text of a stack", () => {
  it('is found again in the log, byte for byte, whatever the encoding', async () => {
    const name = 'windows7-x64-kb-damaged.log';
    const plain = path.join(fixtures, name);
    const wide = path.join(folder, 'wide.log');
    const text = readFileSync(plain, 'latin1');
    writeFileSync(wide, Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]));
    const texts = await Promise.all(
      [plain, wide].map(async (file) => {
        const findings = await readLogFile(file);
        const { stacks } = buildReport([{ name: file, findings }]);
        return [...readTexts(stacks, [{ file, encoding: findings.encoding }], 100)].sort((a, b) => a[0] - b[0]);
      }),
    );
    expect(texts[0]).toEqual(texts[1]);
    expect(texts[0]?.[0]?.[1]).toMatch(/^Breakpoint 0 hit/);
    expect(texts[0]?.every(([, of]) => text.includes(of))).toBe(true);
  });

  it('of so many stacks as are wanted, and of no log that is gone', async () => {
    const file = path.join(fixtures, 'server2003-x86-kb.log');
    const { stacks } = buildReport([{ name: file, findings: await readLogFile(file) }]);
    expect(readTexts(stacks, [{ file, encoding: 'plain' }], 1).size).toBe(1);
    expect(readTexts(stacks, [{ file: path.join(folder, 'none'), encoding: 'plain' }], 9).size).toBe(0);
  });
});

describe('events beside a debug.log', () => {
  const at = '2026-11-24T06:31:42.507Z';
  const events = (...records: unknown[]): void =>
    writeFileSync(
      path.join(folder, 'events.ndjson'),
      `${records.map((record) => JSON.stringify(record)).join('\n')}\n{"cut`,
    );

  it('tie places to the clock', () => {
    events({ event: 'phase', at }, { event: 'progress', at, log_bytes: 500, hits: 1 });
    expect(sessionTimes(path.join(folder, 'debug.log'), 1000)).toEqual([{ offset: 500, at: Date.parse(at) }]);
  });

  it('are of no use to another log, or to one that lacks its beginning', () => {
    events({ event: 'progress', at, log_bytes: 500, hits: 1 });
    expect(sessionTimes(path.join(folder, 'other.log'), 1000)).toEqual([]);
    expect(sessionTimes(path.join(folder, 'debug.log'), 400)).toEqual([]);
  });
});
