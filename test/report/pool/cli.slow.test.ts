import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { usedTable } from './pool-text.js';

const main = path.resolve(import.meta.dirname, '../../../dist/main.js');
const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug pool '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    input,
    cwd: folder,
  });
  return { status, stdout, stderr };
}

function file(name: string, lines: readonly string[], at?: Date): string {
  writeFileSync(path.join(folder, name), `${lines.join('\r\n')}\r\n`);
  if (at) utimesSync(path.join(folder, name), at, at);
  return name;
}

const before = file(
  'before.txt',
  ['0: kd> !poolused 2', ...usedTable(['Tape', [10, 1000]], ['Same', [1, 64]])],
  new Date('2026-11-29T10:00:00Z'),
);
const after = file(
  'after.txt',
  ['0: kd> !poolused 2', ...usedTable(['Tape', [30, 3000]], ['Same', [1, 64]])],
  new Date('2026-11-29T12:00:00Z'),
);
const pooltag = file('pooltag.txt', ['rem tags', 'Tape - tapedrv.sys - Tape driver']);
const stacks = file('stacks.log', [
  'ChildEBP RetAddr  ',
  'f7a3dc24 f9d2513b nt!ExAllocatePoolWithTag+0x1a3',
  'f7a3dc60 804ef095 tapedrv!TapeOpen+0x13b',
]);

describe('livedebug compare, of tables', () => {
  it('says what grew, by bytes and count, per hour, and whose it is', () => {
    const { status, stdout, stderr } = run(['compare', before, after, '--pooltag', pooltag]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /^'Tape' in nonpaged pool grew most: by 2,000 B and 20 allocations in 2 hours \(1,000 B and 10 allocations an hour\), to 3,000 B; it belongs to tapedrv\.sys \(Tape driver\)\./,
    );
    expect(stdout).toMatch(/time between them is that\s+between their files \(2 hours\)/);
    expect(stdout).toContain('livedebug start --tag Tape\n');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('says it in every form', () => {
    expect(run(['compare', before, after, '--format', 'md']).stdout).toMatch(/^\*\*'Tape' in nonpaged pool grew most/);
    const html = run(['compare', before, after, '--format', 'html']).stdout;
    expect(html).toContain('Tags by growth of bytes');
    expect(html).not.toContain('Stacks that changed');
    expect(JSON.parse(run(['compare', before, after, '--json']).stdout)).toMatchObject({
      v: 1,
      pool: {
        tables: {
          hours: 2,
          tags: [{ tag: 'Tape', growth: { bytes: 2000, count: 20 }, perHour: { bytes: 1000, count: 10 } }, {}],
        },
      },
    });
  });

  it('takes a saved report, and the hours of whoever knows them', () => {
    expect(run(['report', before, '--json', '--out', 'before.json']).status).toBe(0);
    const { stdout } = run(['compare', 'before.json', after, '--hours', '4']);
    expect(stdout.replace(/\s+/g, ' ')).toContain('in 4 hours (500 B and 5 allocations an hour)');
    expect(run(['compare', before, after, '--hours', 'x'])).toMatchObject({ status: 2 });
  });

  it('refuses what has nothing in common', () => {
    expect(run(['compare', before, stacks])).toMatchObject({
      status: 8,
      stderr: expect.stringContaining('nothing that can be compared'),
    });
  });
});

describe('livedebug report, of tables', () => {
  it('shows what one table holds, and how to get on', () => {
    const { status, stdout } = run(['report', before]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^'Tape' has most: 1,000 B of nonpaged pool in 10 allocations, 94\.0 %/);
    expect(stdout).toContain('!poolused 2\n');
  });

  it('reads several tables from several files, standard input, and beside stacks', () => {
    expect(run(['report', before, after]).stdout).toMatch(/^'Tape' in nonpaged pool grew most/);
    const both = [before, after].map((name) => readFileSync(path.join(folder, name), 'utf8')).join('0: kd> g\r\n');
    expect(run(['report', '-'], both).stdout).toMatch(/^'Tape' in nonpaged pool grew most/);
    const mixed = run(['report', '-'], `${both}0: kd> kb\r\n${readFileSync(path.join(folder, stacks), 'utf8')}`).stdout;
    expect(mixed).toMatch(/^tapedrv made 1 allocation/);
    expect(mixed).toContain("'Tape' in nonpaged pool grew most");
  });

  it('has no flame graph of tables', () => {
    expect(run(['report', before, '--format', 'folded'])).toMatchObject({
      status: 8,
      stderr: expect.stringContaining('this form shows nothing else'),
    });
  });

  it('says of a table without a row what it is', () => {
    const empty = file('empty.txt', [' Sorting by  Tag', '', '  Pool Used:']);
    expect(run(['report', empty])).toMatchObject({
      status: 8,
      stderr: expect.stringContaining('a table of !poolused'),
    });
  });
});
