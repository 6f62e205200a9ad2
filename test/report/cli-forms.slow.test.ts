import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const main = path.join(root, 'dist/main.js');
const logs = path.join(root, 'fixtures/logs');
const log = path.join(logs, 'server2003-x86-kb.log');
const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug forms '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], input?: Buffer) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', input });
  return { status, stdout, stderr };
}

describe('livedebug report', () => {
  it.each([
    ['md', /^\*\*?.*leaky/m],
    ['folded', /^\S.*;nt!MmAllocateSpecialPool 3$/m],
    ['speedscope', /"\$schema":"https:\/\/www\.speedscope\.app/],
    ['firefox', /"preprocessedProfileVersion"/],
    ['html', /^<!doctype html>/i],
  ])('prints it as %s', (format, form) => {
    expect(run(['report', log, '--format', format])).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(form),
    });
  });

  it("puts kd's own text into the page, of a file and of standard input", () => {
    const text = 'f7a1bba0 f86e10c7 85f0a3c8 85ee1e70 00000000 leaky!QueueRequest+0x2e';
    expect(readFileSync(log, 'latin1')).toContain(text);
    expect(run(['report', log, '--format', 'html']).stdout).toContain(text);
    expect(run(['report', '-', '--format', 'html'], readFileSync(log)).stdout).toContain(text);
  });

  it.skipIf(process.platform === 'win32')('reads what can be read only once: a named pipe', () => {
    const text = 'f7a1bba0 f86e10c7 85f0a3c8 85ee1e70 00000000 leaky!QueueRequest+0x2e';
    const script = 'mkfifo "$3" && { cat "$2" > "$3" & "$0" "$1" report "$3" --format "$4"; }';
    for (const [format, found] of [
      ['json', '"hits":5'],
      ['html', text],
    ] as const) {
      const pipe = path.join(folder, `${format} pipe`);
      const { status, stdout } = spawnSync('sh', ['-c', script, process.execPath, main, log, pipe, format], {
        encoding: 'utf8',
      });
      expect(status).toBe(0);
      expect(stdout).toContain(found);
    }
  });

  it('adds several logs up, and refuses one that is named twice', () => {
    const both = run(['report', log, path.join(logs, 'unicode-k.log'), '--json']);
    expect(JSON.parse(both.stdout)).toMatchObject({ hits: 6, logs: [{ hits: 5 }, { hits: 1, encoding: 'utf-16le' }] });
    expect(run(['report', log, log])).toMatchObject({ status: 2, stderr: expect.stringContaining('named twice') });
  });

  it('names functions by a map, and owners by pooltag.txt', () => {
    const map = path.join(folder, 'filt.map');
    const tags = path.join(folder, 'pooltag.txt');
    writeFileSync(map, '00000000 A __ImageBase\n00001000 T _Receive@8\n00001b00 T _Queue@4\n');
    writeFileSync(tags, 'rem\r\nDdk  - <unknown>    - Default for driver allocated memory\r\n');
    const { stdout } = run(['report', log, '--map', map, '--pooltag', tags]);
    expect(stdout).toContain('filt!Queue ');
    expect(stdout).toContain('Default for driver allocated memory');
    const named = run(['report', log, '--map', `filt=${map}`]);
    expect(named.stdout).toContain('filt!Queue+0x10');
    writeFileSync(map, 'nothing');
    expect(run(['report', log, '--map', map])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no functions'),
    });
    expect(run(['report', log, '--pooltag', path.join(folder, 'none')]).status).toBe(2);
  });

  it('shows first what was asked for', () => {
    const first = (by: string): string => run(['report', log, '--by', by]).stdout.split('\n')[2] ?? '';
    expect(first('stack')).toMatch(/^Stacks/);
    expect(first('caller')).toMatch(/^Callers/);
    expect(first('driver')).toMatch(/^Drivers/);
    expect(first('time')).toMatch(/^Over /);
    expect(run(['report', log, '--by', 'colour']).status).toBe(2);
  });

  it('follows a log that grows, and ends with the report', async () => {
    const growing = path.join(folder, 'growing.log');
    const text = readFileSync(log);
    writeFileSync(growing, text.subarray(0, 2000));
    const child = spawn(process.execPath, [
      main,
      'report',
      growing,
      '--follow',
      '--json',
      '--out',
      path.join(folder, 'end.json'),
    ]);
    await once(child.stderr, 'data');
    appendFileSync(growing, text.subarray(2000));
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(path.join(folder, 'end.json'), 'utf8'))).toMatchObject({
      hits: 5,
      read: { bytes: text.length },
    });
  });
});

describe('livedebug compare', () => {
  const before = path.join(folder, 'before.json');
  writeFileSync(before, run(['report', log, '--json']).stdout);
  const after = path.join(folder, 'after.log');
  writeFileSync(after, Buffer.concat([readFileSync(log), Buffer.from('\n'), readFileSync(log)]));

  it.each(['text', 'md', 'html'])('says as %s what grew, from a saved report and a log', (format) => {
    const { status, stdout, stderr } = run(['compare', before, after, '--format', format]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('leaky');
  });

  it('refuses what is no report and no log', () => {
    const broken = path.join(folder, 'broken.json');
    writeFileSync(broken, '{"v":1,"hits":');
    expect(run(['compare', broken, after])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('begins as a report'),
    });
    expect(run(['compare', path.join(folder, 'none'), after]).status).toBe(2);
    writeFileSync(broken, 'words');
    expect(run(['compare', broken, after]).status).toBe(8);
    expect(run(['compare', before, after, '--out', after]).status).toBe(2);
  });
});
