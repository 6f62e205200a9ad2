import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findKd, type SearchPlace } from '../../src/debugger/find-kd.js';
import { oemReadings } from '../../src/debugger/oem-text.js';
import {
  parseRegQuery,
  type ReadRegistry,
  type RegistryKey,
  registryReader,
} from '../../src/platform/windows/registry.js';

const x86 = 'C:\\Program Files (x86)';
const env: SearchPlace['env'] = {
  'ProgramFiles(x86)': x86,
  ProgramFiles: 'C:\\Program Files',
  ProgramW6432: 'C:\\Program Files',
  LOCALAPPDATA: 'C:\\Users\\Jörg\\AppData\\Local',
  PROCESSOR_ARCHITECTURE: 'AMD64',
  PATH: 'C:\\Windows;"D:\\my tools";',
};
const windows = (files: readonly string[], more: Partial<SearchPlace> = {}): SearchPlace => ({
  env,
  platform: 'win32',
  isFile: (file) => files.some((each) => each.toLowerCase() === file.toLowerCase()),
  registry: () => () => undefined,
  ...more,
});
const kit = (version: string, kind: string) => `${x86}\\Windows Kits\\${version}\\Debuggers\\${kind}\\kd.exe`;
const found = (place: SearchPlace) => findKd(undefined, place);
const fault = (code: string, exitCode: number) => expect.objectContaining({ code, exitCode });

describe('folders', () => {
  const old = (name: string) => `C:\\Program Files\\Debugging Tools for Windows${name}\\kd.exe`;

  it('newest first, each of them', () => {
    const order = [
      ...['11', '10', '8.1', '8.0'].map((version) => kit(version, 'x64')),
      old(' (x64)'),
      old(' 64-bit'),
      old(' (x86)'),
      old(''),
      'C:\\Debuggers\\kd.exe',
      'C:\\Debuggers\\x64\\kd.exe',
      'C:\\Debug\\kd.exe',
      'C:\\DbgTools\\kd.exe',
      'C:\\WinDDK\\7600.16385.1\\Debuggers\\kd.exe',
      'D:\\my tools\\kd.exe',
      'C:\\Users\\Jörg\\AppData\\Local\\Microsoft\\WindowsApps\\kdX64.exe',
    ];
    for (let i = 0; i < order.length; i++) expect(found(windows(order.slice(i).reverse())).command).toBe(order[i]);
  });

  it('of a drive that is not C:', () => {
    const place = windows(['E:\\Debuggers\\kd.exe'], { env: { ...env, SystemDrive: 'E:' } });
    expect(found(place).foundBy).toBe('E:\\Debuggers');
  });
});

describe('architecture', () => {
  const all = ['arm64', 'x64', 'x86'].map((kind) => kit('10', kind));
  const of = (more: SearchPlace['env']) => found(windows(all, { env: { ...env, ...more } })).command;

  it('is the machine’s, not that of this process', () => {
    expect(of({})).toBe(kit('10', 'x64'));
    expect(of({ PROCESSOR_ARCHITECTURE: 'ARM64' })).toBe(kit('10', 'arm64'));
    expect(of({ PROCESSOR_ARCHITECTURE: 'x86' })).toBe(kit('10', 'x86'));
    expect(of({ PROCESSOR_ARCHITECTURE: 'x86', PROCESSOR_ARCHITEW6432: 'AMD64' })).toBe(kit('10', 'x64'));
    expect(of({ PROCESSOR_ARCHITECTURE: 'x86', PROCESSOR_ARCHITEW6432: 'ARM64' })).toBe(kit('10', 'arm64'));
  });

  it('takes no 64-bit kd on a 32-bit Windows', () => {
    const place = windows([kit('10', 'x64')], { env: { ...env, PROCESSOR_ARCHITECTURE: 'x86' } });
    expect(() => found(place)).toThrowError(fault('kd-not-found', 3));
  });
});

const roots = 'HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows Kits\\Installed Roots';
const packages =
  'HKCU\\Software\\Classes\\Local Settings\\Software\\Microsoft\\Windows\\CurrentVersion\\AppModel\\Repository\\Packages';
const registry = (keys: Readonly<Record<string, RegistryKey>>) => (): ReadRegistry => (key) => keys[key];
const key = (values: Readonly<Record<string, string>>, subkeys: readonly string[] = []): RegistryKey => ({
  values: new Map(Object.entries(values)),
  subkeys,
});

describe('the registry', () => {
  it('knows kits in other places, the newest first', () => {
    const values = key({
      KitsRoot: 'D:\\8.0\\',
      KitsRoot81: 'D:\\8.1\\',
      KitsRoot10: 'D:\\10\\',
      KitsRoot11: 'D:\\11\\',
      WindowsDebuggersRoot10: 'D:\\dbg\\',
      KitsRoot10Extra: 'D:\\no\\',
    });
    const order = [
      'D:\\11\\Debuggers\\x64\\kd.exe',
      'D:\\10\\Debuggers\\x64\\kd.exe',
      'D:\\dbg\\x64\\kd.exe',
      'D:\\8.1\\Debuggers\\x64\\kd.exe',
      'D:\\8.0\\Debuggers\\x86\\kd.exe',
    ];
    for (let i = 0; i < order.length; i++) {
      const place = windows(order.slice(i), { registry: registry({ [roots]: values }) });
      expect(found(place)).toMatchObject({ command: order[i], foundBy: expect.stringMatching(/^registry, \w+Root/) });
    }
    const wrong = windows(['D:\\no\\Debuggers\\x64\\kd.exe'], { registry: registry({ [roots]: values }) });
    expect(() => found(wrong)).toThrowError(/registry/);
  });

  it('knows where the Store put WinDbg', () => {
    const root = 'C:\\Program Files\\WindowsApps\\Microsoft.WinDbg_1.2603.20001.0_x64__8wekyb3d8bbwe';
    const name = `HKEY_CURRENT_USER${packages.slice(4)}\\${root.split('\\').at(-1)}`;
    const keys = {
      [packages]: key({}, [`${packages}\\Microsoft.WindowsCalculator_1_x64__8wekyb3d8bbwe`, name]),
      [name]: key({ PackageRootFolder: root }),
    };
    const place = windows([`${root}\\amd64\\kd.exe`], { registry: registry(keys) });
    expect(found(place)).toMatchObject({
      command: `${root}\\amd64\\kd.exe`,
      foundBy: 'WinDbg of the Microsoft Store',
    });
  });

  it('reads a folder whose name came in the console’s code page', () => {
    const bytes = Buffer.from('443a5c4a947267', 'hex').toString('latin1');
    const place = windows(['D:\\Jörg\\Debuggers\\x64\\kd.exe'], {
      registry: registry({ [roots]: key({ KitsRoot10: bytes }) }),
    });
    expect(found(place).command).toBe('D:\\Jörg\\Debuggers\\x64\\kd.exe');
  });

  it('is not asked while a kd is found without it', () => {
    const asked = (): never => {
      throw new Error('asked');
    };
    expect(found(windows(['D:\\my tools\\kd.exe'], { registry: asked })).foundBy).toBe('PATH');
    expect(() => found(windows([], { registry: asked }))).toThrowError('asked');
  });
});

describe('reg query', () => {
  const full = `HKEY_LOCAL_MACHINE${roots.slice(4)}`;

  it('is read with blanks in names and data, from Vista on and of XP', () => {
    const vista = `\r\n${full}\r\n    KitsRoot10    REG_SZ    C:\\Program Files (x86)\\Kits  10\\\r\n    A b    REG_SZ    \r\n\r\n${full}\\10.0.1\r\n`;
    const xp = `\r\n! REG.EXE VERSION 3.0\r\n\r\n${full}\r\n\tKitsRoot10\tREG_SZ\tD:\\x y\\\r\n`;
    const read = parseRegQuery(vista, roots);
    expect([...read.values]).toEqual([
      ['KitsRoot10', 'C:\\Program Files (x86)\\Kits  10\\'],
      ['A b', ''],
    ]);
    expect(read.subkeys).toEqual([`${full}\\10.0.1`]);
    expect(parseRegQuery(xp, roots)).toMatchObject({ subkeys: [] });
    expect(parseRegQuery(xp, roots).values.get('KitsRoot10')).toBe('D:\\x y\\');
  });

  it('is text of any kind without a crash, and ASCII has one reading', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary-ascii' }), (any, ascii) => {
        expect(parseRegQuery(any, roots).values).toBeInstanceOf(Map);
        expect(oemReadings(ascii)).toEqual([ascii]);
      }),
    );
  });

  it.each([
    ['cp437', '8174', 'üt'],
    ['cp850', 'a0d2', 'áÊ'],
    ['cp852', '9fa5', 'čą'],
    ['cp866', '84ae', 'До'],
    ['cp932', '835c', 'ソ'],
    ['cp936', 'd6d0', '中'],
    ['utf-8', 'c3b6', 'ö'],
  ])('has %s among its readings', (_, bytes, text) => {
    expect(oemReadings(Buffer.from(bytes, 'hex').toString('latin1'))).toContain(text);
  });
});

it('a registry that hangs delays nobody for long', () => {
  const hang = path.join(mkdtempSync(path.join(os.tmpdir(), 'registry')), 'hang.cjs');
  writeFileSync(hang, 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);');
  const env = { ...process.env, NODE_OPTIONS: `--require ${hang.replaceAll('\\', '/')}` };
  const read = registryReader({ env, reg: process.execPath, limitMs: 700 });
  const before = performance.now();
  for (let i = 0; i < 50; i++) expect(read(roots)).toBeUndefined();
  expect(performance.now() - before).toBeGreaterThan(600);
  expect(performance.now() - before).toBeLessThan(20_000);
  expect(registryReader({ reg: '/no/such/reg' })(roots)).toBeUndefined();
});

describe('--kd', () => {
  it('names the built-in kd, and how careful it is', () => {
    expect(findKd('builtin', windows([])).args.slice(1)).toEqual(['kd']);
    expect(findKd('builtin:careful', windows([]))).toMatchObject({ kind: 'built-in', foundBy: '--kd' });
    expect(findKd('builtin:careful', windows([])).args.slice(1)).toEqual(['kd', '--careful']);
    expect(findKd('builtin:code-slack', windows([])).args.slice(1)).toEqual(['kd', '--code-slack']);
  });

  const files = ['E:\\my debuggers\\x64\\kd.exe', 'D:\\my tools\\kd.exe', 'E:\\Ж\\kdX64.exe', 'E:\\run kd.cmd'];
  const told = (text: string, platform: NodeJS.Platform = 'win32') => findKd(text, windows(files, { platform }));

  it.each([
    ['E:\\my debuggers\\x64\\kd.exe', 0],
    ['"E:\\my debuggers\\x64\\kd.exe"', 0],
    [' "E:\\my debuggers\\x64\\kd.exe', 0],
    ['E:/my debuggers/x64/kd', 0],
    ['E:\\my debuggers\\x64', 0],
    ['E:\\my debuggers\\x64\\', 0],
    ['"E:\\my debuggers"', 0],
    ['E:\\Ж\\kdX64', 2],
    ['kd', 1],
    ['KD.EXE', 1],
  ])('%j is understood', (text, file) => {
    expect(told(text).command.toLowerCase()).toBe(files[file]?.toLowerCase());
  });

  it('refuses what Node cannot start, and debuggers that are no kd', () => {
    for (const text of ['E:\\run kd.cmd', '"E:\\run kd.CMD"', 'kd.bat', 'kd.ps1'])
      expect(() => told(text)).toThrowError(fault('kd-is-script', 2));
    for (const text of ['C:\\x\\windbg.exe', 'WinDbgX', 'cdb.exe', 'cdbX64.exe'])
      expect(() => told(text)).toThrowError(fault('kd-is-other', 2));
    expect(() => told('E:\\my tools')).toThrowError(fault('kd-not-found', 3));
    expect(() => told('E:\\run kd.cmd', 'linux')).toThrowError(fault('kd-not-found', 3));
  });

  it('says which setting it was', () => {
    const place = windows(files, { env: { ...env, LIVEDEBUG_KD: '"E:\\my debuggers\\x64\\kd.exe"' } });
    expect(found(place)).toMatchObject({ command: files[0], foundBy: 'LIVEDEBUG_KD' });
    expect(findKd('kd', place).foundBy).toBe('--kd');
  });
});
