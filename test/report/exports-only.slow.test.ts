import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildReport } from '../../src/report/build/build.js';
import { writeRemarks } from '../../src/report/headline.js';
import type { Report } from '../../src/report/model.js';
import { read } from '../stacks/reading.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug exports '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const root = path.resolve(import.meta.dirname, '../..');
const images = (architecture: string): string => path.join(root, 'fixtures/images', architecture);

const HEADER = `RetAddr               : Args to Child${' '.repeat(59)}: Call Site\n`;
const ARGS = Array.from({ length: 4 }, () => '00000000`00000000').join(' ');
const stack = (sites: readonly string[]): string =>
  HEADER + sites.map((site) => `fffff800\`02a0e5d3     : ${ARGS} : ${site}\n`).join('');
const LM =
  'kd> start             end                 module name\nfffff800`02a0d000 fffff800`02a18000   nt         (export symbols)       ntkrnlmp.exe\nfffff880`01084000 fffff880`0108a000   spooldrv   (deferred)             \n';
const NEAR = ['nt!ZwOpenFile+0x99', 'nt!ExAllocatePoolWithTag+0x33', '0xfffff880`01085019', 'nt!KeBugCheckEx+0x12a'];

const reportOf = (log: string): Report => buildReport([{ name: 'debug.log', findings: read(log).findings() }]);

describe('names that are the nearest export', () => {
  it.each([
    ['by what lm says', LM],
    [
      'by a complaint at the prompt',
      'kd> *** ERROR: Symbol file could not be found.  Defaulted to export symbols for ntoskrnl.exe - \n',
    ],
    [
      'by a complaint within a stack',
      `${HEADER}*** ERROR: Symbol file could not be found.  Defaulted to export symbols for ntkrnlpa.exe - \n`,
    ],
  ])('are not trusted where kd had nothing else, %s', (_, said) => {
    const report = reportOf(
      `${said}kd> ${stack(NEAR)}${stack(['nt!ZwOpenFile+0x99', 'nt!ExAllocatePoolWithTag+0x33', 'nt!ZwClose+0x10', 'a!B'])}`,
    );
    expect(report).toMatchObject({ hits: 2, allocations: 2, exportsOnly: [{ module: 'nt', hits: 2 }] });
    expect(report.callers.map(({ name }) => name)).toContain('nt!ZwClose+0x10 (nearest export)');
    expect(writeRemarks(report).join()).toContain('kd had no symbols of nt');
  });

  it('are names where kd had symbols', () => {
    const report = reportOf(
      `kd> ${stack(['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag+0x33', 'nt!ZwClose+0x10', 'a!B'])}`,
    );
    expect(report.exportsOnly).toEqual([]);
    expect(report.callers.map(({ name }) => name)).toEqual(['nt!ZwClose']);
  });
});

describe('addresses without a name', () => {
  it('get that of the module that they lie in, wherever in the log it is told', () => {
    const sites = ['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag+0x33', '0xfffff880`01085019'];
    for (const log of [
      `${LM}kd> ${stack(sites)}`,
      `kd> ${stack(sites)}${LM}kd> `,
      `spooldrv: loaded at fffff88001084000\nkd> ${stack(sites)}`,
    ])
      expect(reportOf(log).drivers.map(({ name, callers }) => [name, callers[0]?.name])).toEqual([
        ['spooldrv', 'spooldrv+0x1019'],
      ]);
    expect(reportOf(`kd> ${stack(sites)}`).drivers.map(({ name }) => name)).toEqual(['(unknown)']);
  });

  it('get none where two boots had different modules there', () => {
    const other = LM.replace('spooldrv', 'netdrv  ');
    expect(
      reportOf(`${LM}${other}kd> ${stack(['nt!MmAllocateSpecialPool', '0xfffff880`01085019'])}`).drivers[0]?.name,
    ).toBe('(unknown)');
  });
});

describe('report --symbols', () => {
  const log = path.join(folder, 'debug.log');
  const run = (symbols: string) => {
    const found = spawnSync(
      process.execPath,
      [path.join(root, 'dist/main.js'), 'report', log, '--json', '--symbols', symbols],
      { encoding: 'utf8' },
    );
    return { report: JSON.parse(found.stdout) as Report, said: found.stderr };
  };

  it('names what kd could not, from the image and its PDB, and from a PDB alone', () => {
    const leaky = LM.replace('spooldrv', 'leakydrv');
    writeFileSync(log, `${leaky}kd> ${stack(NEAR)}`);
    const alone = mkdtempSync(path.join(folder, 'pdb '));
    for (const name of ['ntkrnlmp.pdb', 'leakydrv.pdb'])
      copyFileSync(path.join(images('x64'), name), path.join(alone, name));
    for (const symbols of [images('x64'), alone]) {
      const { report, said } = run(symbols);
      expect(said).toBe('');
      expect(report).toMatchObject({ allocations: 1, exportsOnly: [] });
      expect(report.callers.map(({ name }) => name)).toEqual(['leakydrv!LeakyAllocate']);
      if (symbols !== alone) expect(report.stacks[0]?.frames[0]?.text).toBe('nt!MmAllocateSpecialPool');
    }
  });

  it('says of another build that it is one, and keeps what kd said', () => {
    writeFileSync(log, `${LM}kd> ${stack(['nt!ExAllocatePoolWithTag+0x7777', 'a!B'])}`);
    const { report, said } = run(images('x64'));
    expect(said).toContain('No names for nt:');
    expect(said).toContain('it is of another build: nothing of it would be named ExAllocatePoolWithTag+0x7777');
    expect(report.exportsOnly).toEqual([{ module: 'nt', hits: 1 }]);
  });

  it('says where nothing was found', () => {
    writeFileSync(log, `${LM}kd> ${stack(NEAR)}`);
    expect(run(path.join(folder, 'nowhere')).said).toContain('No names for nt: no image or PDB of nt in');
  });
});
