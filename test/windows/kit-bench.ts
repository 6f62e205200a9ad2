import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { KitFile } from '../../src/prepare/kit.js';
import { SECURE_BOOT } from '../../src/prepare/kit-protections.js';
import { MEMORY_MANAGEMENT } from '../../src/prepare/registry.js';

const system = path.join(process.env.SystemRoot ?? '', 'System32');
const standIns = path.join(import.meta.dirname, 'stand-ins');

/** Wine's cmd (8.0) runs what stands behind `||` always; its find, findstr and fc do too little. Known by what it does, not by its name. */
export function cmdIsLacking(): boolean {
  const { stdout } = spawnSync(path.join(system, 'cmd.exe'), ['/d', '/c', 'cd . || echo lacking'], {
    encoding: 'latin1',
  });
  return stdout.includes('lacking');
}

/**
 * A computer on which a kit runs for real, by cmd.exe and reg.exe, in a folder with blanks and an umlaut. What boots is never
 * touched: bcdedit, bootcfg and the administrator check are stand-ins, and `C:` is a folder.
 */
export class KitBench {
  readonly root = mkdtempSync(path.join(os.tmpdir(), 'kit bench '));
  readonly folder = path.join(this.root, 'ein Kit für Ddk');
  readonly drive = path.join(this.root, 'drive');
  /** The key that the scripts change: Windows' own under Wine, on a real Windows one of ours. */
  readonly key: string;
  /** The key that tells of Secure Boot, likewise. */
  readonly secureBootKey: string;
  admin = true;
  readonly env: Record<string, string> = {};
  readonly #lacking = cmdIsLacking();
  #runs = 0;

  constructor() {
    const ours = `HKCU\\Software\\livedebug-test-${process.pid}`;
    this.key = this.#lacking ? MEMORY_MANAGEMENT : `${ours}\\Memory Management`;
    this.secureBootKey = this.#lacking ? SECURE_BOOT : `${ours}\\SecureBoot`;
    mkdirSync(this.folder);
    mkdirSync(this.drive);
    this.#addStandIns();
  }

  #addStandIns(): void {
    cpSync(standIns, path.join(this.root, 'stand-ins'), { recursive: true });
    const programs = { bcdedit: 'bcdedit', bootcfg: 'bootcfg', find: 'find', findstr: 'find', fc: 'fc' };
    for (const [name, script] of Object.entries(programs))
      this.#standIn(name, `@"%KIT_NODE%" "%~dp0${script}.mjs" %*\r\n@exit /b %ERRORLEVEL%\r\n`);
    this.#standIn('fsutil', '@exit /b %KIT_NO_ADMIN%\r\n');
  }

  #standIn(name: string, text: string): void {
    writeFileSync(path.join(this.root, 'stand-ins', `${name}.cmd`), text);
  }

  write(files: readonly KitFile[]): void {
    for (const { name, content } of files)
      writeFileSync(path.join(this.folder, name), name.endsWith('.cmd') ? this.#adapted(content) : content, 'latin1');
  }

  // Every program that changes how a computer boots becomes a stand-in; under Wine also what its cmd cannot do.
  #adapted(content: string): string {
    const programs = this.#lacking
      ? 'bcdedit|bootcfg|fsutil|manage-bde|findstr|find|fc'
      : 'bcdedit|bootcfg|fsutil|manage-bde';
    const text = content
      .replaceAll(MEMORY_MANAGEMENT, this.key)
      .replaceAll(SECURE_BOOT, this.secureBootKey)
      .replaceAll('exist "%SYS%\\manage-bde.exe"', 'exist "%KIT_STAND_INS%\\manage-bde.cmd"')
      .replaceAll('%SystemDrive%\\boot.ini', '%KIT_DRIVE%\\boot.ini')
      .replaceAll('HKU\\S-1-5-19', 'HKU\\livedebug-test-no-such-key')
      .replace(new RegExp(`"%SYS%\\\\(${programs})\\.exe"`, 'g'), 'call "%KIT_STAND_INS%\\$1.cmd"');
    return this.#lacking ? text.split('\r\n').flatMap(oneFlagEach).map(inLines).join('\r\n') : text;
  }

  /**
   * Gives this computer BitLocker: one that protects the drive, one that is suspended, one that was never switched on.
   * Wine's cmd keeps of an exit code whether it is zero, so any other than 0 and 1 cannot be tried there.
   */
  bitLocker(state: 'on' | 'suspended' | 'off'): void {
    const status = { on: 0, suspended: 1, off: 1 }[state];
    this.#standIn('manage-bde', `@if "%1"=="-status" exit /b ${status}\r\n@exit /b ${state === 'off' ? 1 : 0}\r\n`);
  }

  secureBoot(on: boolean): void {
    const data = ['/t', 'REG_DWORD', '/d', on ? '1' : '0', '/f'];
    this.reg('add', this.secureBootKey, '/v', 'UEFISecureBootEnabled', ...data);
  }

  /** Runs a script of the kit in its folder. */
  run(script: string, ...args: string[]): { code: number | null; text: string } {
    return this.#run(this.folder, script, ...args);
  }

  /** Runs a script of the kit as an administrator's command prompt does that has just been opened: from System32. */
  runFromSystem(script: string): { code: number | null; text: string } {
    return this.#run(system, path.join(this.folder, script));
  }

  #run(cwd: string, script: string, ...args: string[]): { code: number | null; text: string } {
    const output = path.join(this.root, `output${this.#runs++}.txt`);
    const file = openSync(output, 'w');
    const { status } = spawnSync(path.join(system, 'cmd.exe'), ['/d', '/c', script, ...args], {
      cwd,
      stdio: ['ignore', file, file],
      env: {
        ...process.env,
        COMPUTERNAME: 'SERVER1',
        KIT_DRIVE: this.drive,
        KIT_NODE: process.execPath,
        KIT_STAND_INS: path.join(this.root, 'stand-ins'),
        KIT_NO_ADMIN: this.admin ? '0' : '1',
        ...this.env,
      },
    });
    closeSync(file);
    return { code: status, text: readFileSync(output, 'latin1') };
  }

  reg(...args: string[]): number | null {
    return spawnSync(path.join(system, 'reg.exe'), args, { stdio: 'ignore' }).status;
  }

  /** The key with a value that is nobody's business, and without ours. */
  setUpKey(): void {
    this.reg('add', this.key, '/v', 'ClearPageFileAtShutdown', '/t', 'REG_DWORD', '/d', '1', '/f');
    this.reg('delete', this.key, '/v', 'PoolTag', '/f');
  }

  attrib(file: string, ...flags: string[]): void {
    for (const flag of flags) spawnSync(path.join(system, 'attrib.exe'), [flag, file], { stdio: 'ignore' });
  }

  /** `HRS` of a hidden, read-only system file. */
  attributes(file: string): string {
    const { stdout } = spawnSync(path.join(system, 'attrib.exe'), [file], { encoding: 'latin1' });
    const [letters = ''] = stdout.split(/[a-z]:\\/i);
    return [...letters]
      .filter((letter) => 'HRS'.includes(letter))
      .sort()
      .join('');
  }

  /** The whole key as `reg export` writes it. */
  exported(): string {
    const file = path.join(this.root, 'exported.reg');
    rmSync(file, { force: true });
    this.reg('export', this.key, file, '/y');
    return readFileSync(file, 'utf16le');
  }

  /** What the kit remembers of this computer. */
  memory(): string[] {
    const folder = path.join(this.folder, 'state-SERVER1');
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  /** Files of the kit's folder, and of its memory, in which a text stands. */
  filesWith(text: string): string[] {
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter(
        (entry) => entry.isFile() && readFileSync(path.join(entry.parentPath, entry.name), 'latin1').includes(text),
      )
      .map(({ name }) => name);
  }

  clear(): void {
    this.reg('delete', this.key, '/v', 'PoolTag', '/f');
    this.reg('delete', this.key, '/v', 'ClearPageFileAtShutdown', '/f');
    this.reg('delete', this.secureBootKey, '/v', 'UEFISecureBootEnabled', '/f');
    this.attrib(path.join(this.drive, 'boot.ini'), '-r', '-h', '-s');
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10 });
  }
}

// Neither `||` nor `&&` look at how it went: they become lines of their own. What stands before them may be skipped by an
// `if`, so the error level is cleared first, which Wine's `set` does.
function inLines(line: string): string {
  const [, before, or, after] = /^(.*?\S) (\|\||&&) (.*)$/.exec(line) ?? [];
  if (before === undefined || after === undefined) return line;
  return ['set "KIT_CLEAR=1"', before, `if ${or === '||' ? '' : 'not '}errorlevel 1 ${after}`].join('\r\n');
}

// Wine's attrib sees the last flag only.
function oneFlagEach(line: string): string[] {
  const [, attrib, flags, rest] = /^(".*attrib\.exe") ((?:[+-][rhs] )+)(.*)$/.exec(line) ?? [];
  return flags === undefined
    ? [line]
    : flags
        .trim()
        .split(' ')
        .map((flag) => `${attrib} ${flag} ${rest}`);
}
