import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { expandFiles } from '../../src/cli/expand-files.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'drivers [x] '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const name of ['b.sys', 'a.sys', 'a1.sys', 'hal.dll', 'odd(1).sys']) writeFileSync(path.join(folder, name), '');
mkdirSync(path.join(folder, 'folder.sys'));
const at = (...names: string[]): string[] => names.map((name) => path.join(folder, name));

describe('patterns, which cmd.exe leaves to programs', () => {
  it('stand for the files that fit, in order', () => {
    expect(expandFiles(at('*.sys'))).toEqual(at('a.sys', 'a1.sys', 'b.sys', 'odd(1).sys'));
    expect(expandFiles(at('a?.sys', 'hal.dll'))).toEqual(at('a1.sys', 'hal.dll'));
    expect(expandFiles(at('*(1)*'))).toEqual(at('odd(1).sys'));
  });

  it('are nothing to names without them, there or not', () => {
    expect(expandFiles(['nothing.sys', 'ntkrnlmp.pdb/3844DBB9', '-'])).toEqual([
      'nothing.sys',
      'ntkrnlmp.pdb/3844DBB9',
      '-',
    ]);
  });

  it('that nothing fits are an error by name', () => {
    expect(() => expandFiles(at('*.exe'))).toThrowError(
      expect.objectContaining({ code: 'no-such-files', exitCode: 2 }),
    );
    expect(() => expandFiles([path.join(folder, 'none', '*.sys')])).toThrowError(/none/);
  });
});
