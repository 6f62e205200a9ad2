import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { despiteLocks, replaceFile } from '../../src/platform/replace-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'replace file '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }));

function failing(code: string, times: number) {
  let tries = 0;
  return () => {
    tries++;
    if (tries <= times) throw Object.assign(new Error(code), { code });
    return tries;
  };
}

describe('a file that is held for a moment', () => {
  it.each(['EPERM', 'EBUSY', 'EACCES'])('is tried again on Windows after %s, ten times in all', (code) => {
    expect(despiteLocks(failing(code, 3), 'win32')).toBe(4);
    expect(() => despiteLocks(failing(code, 1), 'linux')).toThrowError(code);
  });

  it('is given up after about a second, and other errors at once', () => {
    const before = performance.now();
    expect(despiteLocks(failing('EBUSY', 9), 'win32')).toBe(10);
    expect(performance.now() - before).toBeGreaterThan(900);
    expect(() => despiteLocks(failing('EBUSY', 10), 'win32')).toThrowError('EBUSY');
    let tries = 0;
    const full = () => {
      tries++;
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    expect(() => despiteLocks(full, 'win32')).toThrowError('full');
    expect(tries).toBe(1);
  });
});

describe('replacing a file', () => {
  it('leaves the new text and nothing beside it', () => {
    const file = path.join(folder, 'run.json');
    for (const text of ['one', 'two']) replaceFile(file, text);
    expect(readFileSync(file, 'utf8')).toBe('two');
    expect(() => replaceFile(folder, 'text')).toThrowError();
    expect(readdirSync(folder)).toEqual(['run.json']);
    expect(readdirSync(path.dirname(folder)).filter((name) => name.startsWith(`${path.basename(folder)}.`))).toEqual(
      [],
    );
  });

  // A program that runs cannot be replaced on Windows: the only lock that Node can make there by itself.
  it.skipIf(process.platform !== 'win32')('waits for its holder on a real Windows', async () => {
    const file = path.join(folder, 'held.exe');
    copyFileSync(process.execPath, file);
    const holder = spawn(file, ['-e', 'console.log("up"); setTimeout(() => {}, 100)'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const over = once(holder, 'exit');
    await once(holder.stdout, 'data');
    const other = path.join(folder, 'other');
    writeFileSync(other, 'other');
    expect(() => renameSync(other, file)).toThrowError(/EPERM|EBUSY|EACCES/);
    replaceFile(file, 'text');
    expect(readFileSync(file, 'utf8')).toBe('text');
    await over;
  });
});
