import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, linkSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const main = path.join(root, 'dist/main.js');
const log = path.join(root, 'fixtures/logs/server2003-x86-kb.log');
const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug report '));

function run(args: readonly string[], input?: Buffer) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'report', ...args], {
    encoding: 'utf8',
    input,
  });
  return { status, stdout, stderr };
}

describe('livedebug report', () => {
  it('reads a file and standard input alike', () => {
    const file = run([log]);
    expect(file).toMatchObject({ status: 0, stderr: '' });
    expect(file.stdout).toMatch(/^leaky made 3 of 5 allocations of 'Ddk '/);
    expect(run(['-'], readFileSync(log)).stdout).toBe(file.stdout);
  });

  it('prints one JSON object', () => {
    const { stdout } = run([log, '--json']);
    expect(stdout.trimEnd()).not.toContain('\n');
    expect(JSON.parse(stdout)).toMatchObject({ hits: 5, drivers: [{ name: 'leaky', hits: 3 }, {}, {}] });
  });

  it('ends with 8 when there is nothing, and says what it looked at', () => {
    const empty = path.join(folder, 'empty.log');
    writeFileSync(empty, '');
    expect(run([empty])).toMatchObject({ status: 8, stdout: '', stderr: expect.stringContaining('is empty') });
    const words = run(['-'], Buffer.from('kd> g\nno stack here\n'));
    expect(words).toMatchObject({ status: 8, stderr: expect.stringContaining('20 bytes, 2 lines') });
    const json = run(['-', '--json'], Buffer.from('kd> g\n'));
    expect(json.status).toBe(8);
    expect(JSON.parse(json.stdout).hits).toBe(0);
  });

  it('refuses what it cannot read', () => {
    expect(run([path.join(folder, 'none')])).toMatchObject({ status: 2, stderr: expect.stringContaining('no file') });
    expect(run([log, '--top', '0']).status).toBe(2);
  });

  it('writes to a file, and never over the log', () => {
    const out = path.join(folder, 'answer.txt');
    expect(run([log, '--out', out])).toMatchObject({ status: 0, stdout: '' });
    expect(readFileSync(out, 'utf8')).toMatch(/^leaky made/);
    const copy = path.join(folder, 'copy.log');
    copyFileSync(log, copy);
    linkSync(copy, path.join(folder, 'linked.log'));
    for (const name of ['copy.log', 'linked.log'])
      expect(run([copy, '--out', path.join(folder, name)])).toMatchObject({ status: 2 });
    expect(readFileSync(copy)).toEqual(readFileSync(log));
  });

  it.skipIf(process.platform === 'win32')('is quiet when its reader leaves', async () => {
    const many = path.join(folder, 'many.log');
    const stack = (i: number): string => `ChildEBP RetAddr  \nf7a1bb38 80892ed6 driver${i}!Start+0x1\n`;
    writeFileSync(many, Array.from({ length: 20_000 }, (_, i) => stack(i)).join(''));
    const child = spawn(process.execPath, [main, 'report', many, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect({ status, errors }).toEqual({ status: 0, errors: '' });
  });

  it('is found by the help', () => {
    expect(execFileSync(process.execPath, [main, 'report', '--help'], { encoding: 'utf8' })).toContain('debug.log');
  });
});
