import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKd, thisMachine } from '../../src/debugger/find-kd.js';
import { oemReadings } from '../../src/debugger/oem-text.js';
import { type ReadRegistry, registryReader } from '../../src/platform/windows/registry.js';
import { preflightPort } from '../../src/serial/preflight.js';

const windows = process.platform === 'win32';
const reg = path.join(process.env.SystemRoot ?? '', 'System32', 'reg.exe');
// A key of our own: the kits that this computer really has are left alone.
const ours = `HKCU\\Software\\livedebug-test-${process.pid}`;
const roots = 'HKLM\\SOFTWARE\\Microsoft\\Windows Kits\\Installed Roots';
const packages = `${ours}\\Packages`;
const folder = windows ? mkdtempSync(path.join(os.tmpdir(), 'names of kits ')) : '';

function add(key: string, name: string, data: string): void {
  const { status } = spawnSync(reg, ['add', key, '/v', name, '/t', 'REG_SZ', '/d', data, '/f']);
  expect(status, name).toBe(0);
}

function kdIn(...parts: string[]): string {
  const file = path.join(folder, ...parts, 'kd.exe');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  return file;
}

describe.skipIf(!windows)('the registry of this Windows', () => {
  const read = registryReader({ limitMs: 30_000 });
  // findKd asks for the keys of Windows, and gets ours.
  const registry = (): ReadRegistry => (key) => {
    if (key === roots) return read(ours);
    return /AppModel\\Repository\\Packages$/.test(key)
      ? read(packages)
      : /livedebug-test/.test(key)
        ? read(key)
        : undefined;
  };
  const place = {
    ...thisMachine,
    env: { SystemDrive: path.join(folder, 'no drive'), PROCESSOR_ARCHITECTURE: 'AMD64' },
    registry,
  };

  beforeAll(() => {
    add(ours, 'KitsRoot10', `${path.join(folder, 'Kits 10')}\\`);
    add(ours, 'a name with blanks', 'some  data ');
    add(
      `${packages}\\Microsoft.WinDbg_1.2_x64__8wekyb3d8bbwe`,
      'PackageRootFolder',
      path.join(folder, 'Apps', 'WinDbg'),
    );
    add(`${packages}\\Contoso.Tool_1.2_x64__8wekyb3d8bbwe`, 'PackageRootFolder', folder);
  });
  afterAll(() => {
    spawnSync(reg, ['delete', ours, '/f']);
    rmSync(folder, { recursive: true, force: true });
  });

  it('is read with values and keys, and a key that is not there is none', () => {
    const key = read(ours);
    expect(key?.values.get('a name with blanks')?.trimEnd()).toBe('some  data');
    expect(key?.subkeys).toHaveLength(1);
    expect(read(packages)?.subkeys).toHaveLength(2);
    expect(read(`${ours}\\none`)).toBeUndefined();
  });

  it('leads to the Store’s WinDbg, and to a kit before that', () => {
    expect(() => findKd(undefined, place)).toThrowError(expect.objectContaining({ code: 'kd-not-found' }));
    const store = kdIn('Apps', 'WinDbg', 'amd64');
    expect(findKd(undefined, place)).toMatchObject({ command: store, foundBy: 'WinDbg of the Microsoft Store' });
    const kit = kdIn('Kits 10', 'Debuggers', 'x64');
    expect(findKd(undefined, place)).toMatchObject({ command: kit, foundBy: 'registry, KitsRoot10' });
  });

  it('gives names in the console’s code page, among whose readings is the name', () => {
    add(ours, 'KitsRoot81', path.join(folder, 'Käts'));
    expect(oemReadings(read(ours)?.values.get('KitsRoot81') ?? '')).toContain(path.join(folder, 'Käts'));
  });
});

describe.skipIf(!windows)('names of ports on this Windows', () => {
  it('that are not there are missing, however they are spelled', async () => {
    for (const port of ['COM231', '\\\\.\\COM231', '/dev/ttyS0'])
      await expect(preflightPort(port, 19200), port).rejects.toMatchObject({ code: 'port-missing', exitCode: 3 });
  });

  it('too long for the library are left to kd', async () => {
    await expect(preflightPort('COM1234567890', 19200)).resolves.toBeUndefined();
  });
});

describe.skipIf(!windows)('--kd on this Windows', () => {
  it('finds what is written without its extension, in any case, and in quotes', () => {
    const node = process.execPath.replace(/\.exe$/i, '');
    for (const told of [node, node.toUpperCase(), `"${process.execPath}"`])
      expect(findKd(told).command.toLowerCase()).toBe(process.execPath.toLowerCase());
  });
});
