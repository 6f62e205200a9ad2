import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const IMAGES = fileURLToPath(new URL('../../../fixtures/images/x64', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'symbols of '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(...words: string[]) {
  const env = { ...process.env, LIVEDEBUG_HOME: path.join(folder, 'home') };
  return spawnSync(process.execPath, [MAIN, 'symbols', 'fetch', ...words], { encoding: 'utf8', env });
}

describe('symbols fetch', () => {
  it('finds the PDB of an image, and keeps it where the symbol path says', () => {
    const store = path.join(folder, 'my store');
    const { status, stdout, stderr } = run('--symbols', `cache*${store};${IMAGES}`, path.join(IMAGES, 'leakydrv.sys'));
    expect(status, stderr).toBe(0);
    const kept = /: (.*leakydrv\.pdb)\n$/.exec(stdout)?.[1] ?? '';
    expect(kept.startsWith(store)).toBe(true);
    expect(existsSync(kept)).toBe(true);
  });

  it('takes a PDB by its name and key, without a copy of the image', () => {
    const first = run('--symbols', `cache*${path.join(folder, 'a')};${IMAGES}`, path.join(IMAGES, 'leakydrv.sys'));
    const key = path.basename(path.dirname(first.stdout.trim()));
    const { status, stdout, stderr } = run(
      '--symbols',
      `cache*${path.join(folder, 'b')};${IMAGES}`,
      `leakydrv.pdb/${key}`,
    );
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(path.join(folder, 'b', 'leakydrv.pdb', key));
    const wrong = run('--symbols', `${IMAGES}`, `leakydrv.pdb/${'0'.repeat(32)}1`);
    expect(wrong.status).toBe(7);
    expect(wrong.stderr).toContain('of another build');
  });

  it('says everything that was tried, with exit code 7', () => {
    const { status, stderr } = run('--symbols', folder, path.join(IMAGES, 'hal.dll'));
    expect(status).toBe(7);
    expect(stderr).toContain('hal.pdb');
    expect(stderr).toContain(folder);
  });

  it('refuses what is no image, and what is not there', () => {
    cpSync(MAIN, path.join(folder, 'no image.sys'));
    expect(run('--symbols', folder, path.join(folder, 'no image.sys')).status).toBe(7);
    expect(run('--symbols', folder, path.join(folder, 'none.sys')).status).toBe(3);
  });
});
