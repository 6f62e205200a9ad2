import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { lastWords } from '../../src/cli/session/end.js';
import { statusLine, waitingHint } from '../../src/cli/session/view.js';
import { withSettings } from '../../src/cli/settings.js';
import { byteSize, duration, formatBytes, formatMs } from '../../src/cli/units.js';
import type { SessionRecord } from '../../src/session/records.js';
import type { RunRecord } from '../../src/session/run-record.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'cli test '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function livedebug(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, LIVEDEBUG_HOME: path.join(folder, 'home'), ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('the command line', () => {
  it('begins its help with examples and names every command', () => {
    const { status, stdout } = livedebug(['--help']);
    expect(status).toBe(0);
    expect(stdout.indexOf('Examples:')).toBeLessThan(stdout.indexOf('Usage:'));
    for (const name of ['start', 'attach', 'status', 'stop', 'rescue', 'report', 'target', 'tag', 'doctor', 'simulate'])
      expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThan(81);
  });

  it('answers usage errors with 2 and a way on', () => {
    expect(livedebug(['start', '--nonsense']).status).toBe(2);
    expect(livedebug(['nonsense']).status).toBe(2);
    const noTag = livedebug(['start', '--kd', 'sim']);
    expect(noTag).toMatchObject({ status: 2, stdout: '' });
    expect(noTag.stderr).toContain('--tag Ddk');
    expect(livedebug(['start', '--tag', 'TooLong', '--kd', 'sim']).status).toBe(2);
    expect(livedebug(['start', '--tag', 'Ddk', '--kd', 'sim', '--for', 'soon']).status).toBe(2);
    expect(livedebug(['start', '--tag', 'Ddk', '--kd', 'sim', '--break', 'soon']).status).toBe(2);
  });

  it('takes sizes and frees from no string but its own, and shows what it would type', () => {
    const start = (...more: string[]) => livedebug(['start', '--tag', 'Ddk', '--kd', 'sim', '--dry-run', ...more]);
    for (const wrong of [
      ['--sizes', '--then', 'kb;g'],
      ['--at', 'nt!ExFreePoolWithTag', '--strategy', 'pool-hit-tag'],
      ['--track-frees', '--at', 'nt!ExAllocatePoolWithTag'],
    ])
      expect(start(...wrong), wrong.join(' ')).toMatchObject({ status: 2, stdout: '' });
    expect(start().stdout).toContain('\nbp nt!MmAllocateSpecialPool ";kb;g"\nbl\n');
    const sizes = start('--sizes').stdout;
    expect(sizes).toContain('",@rcx,@rdx,@r8;.echo (livedebug);kb;g"\nbl\n');
    expect(sizes).toMatch(/^\S+ x86: bp .*poi\(@esp\+0x4\)/m);
    expect(start('--track-frees').stdout).toContain('\nbp nt!MmFreeSpecialPool ";.printf \\"freed=%p \\",@rcx;');
    const env = (value: string) =>
      livedebug(['start', '--tag', 'Ddk', '--kd', 'sim', '--dry-run'], { LIVEDEBUG_SIZES: value }).stdout;
    expect(env('1')).toContain('@rcx');
    expect(env('false')).not.toContain('@rcx');
  });

  it('says 3 where kd is missing', () => {
    const { status, stderr } = livedebug(['start', '--tag', 'Ddk', '--kd', '/no/such/kd']);
    expect(status).toBe(3);
    expect(stderr).toContain('/no/such/kd');
  });

  it('shows everything with --dry-run and does nothing', () => {
    const { status, stdout } = livedebug([
      'start',
      '--tag',
      'Ddk',
      '--kd',
      'sim',
      '--dry-run',
      '--password',
      'secret1',
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain('bp nt!MmAllocateSpecialPool ";kb;g"');
    expect(stdout).toContain('-server npipe:pipe=livedebug');
    expect(stdout).toContain('_NT_SYMBOL_PATH=');
    expect(stdout).not.toContain('secret1');
    expect(stdout.indexOf('bp nt!')).toBeLessThan(stdout.indexOf('bc *'));
  });

  it('writes the classic batch file with CRLF and the very commands', () => {
    const file = path.join(folder, 'recipe 1.cmd');
    expect(livedebug(['start', '--tag', 'D%k', '--script', file]).status).toBe(0);
    const text = readFileSync(file, 'latin1');
    expect(text.split('\n').every((line) => line === '' || line.endsWith('\r'))).toBe(true);
    expect(text).toContain('kd -server npipe:pipe=livedebug -k com:port=com1,baud=19200');
    expect(text).toContain('bp nt!MmAllocateSpecialPool ";kb;g"');
    const runs = text.split('\r\n').filter((line) => !line.startsWith('rem'));
    expect(runs.join('\n')).not.toMatch(/%k/);
    // Somebody else's file is not replaced, and a dry run writes none.
    writeFileSync(file, 'mine');
    expect(livedebug(['start', '--tag', 'Ddk', '--script', file])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is not replaced'),
    });
    expect(readFileSync(file, 'latin1')).toBe('mine');
    const other = path.join(folder, 'other.cmd');
    const dry = livedebug(['start', '--tag', 'Ddk', '--script', other, '--dry-run', '--symbols', 'srv*%TEMP%']);
    expect(dry.stdout).toContain('kd -server npipe:pipe=livedebug');
    expect(existsSync(other)).toBe(false);
  });

  it('shows in the batch file what is typed as it is typed', () => {
    const file = path.join(folder, 'typed.cmd');
    expect(livedebug(['start', '--tag', 'Ddk', '--then', ';.printf %p;kb;g', '--script', file]).status).toBe(0);
    expect(readFileSync(file, 'latin1')).toMatch(/^rem .*;\.printf %p;kb;g/m);
  });

  it.each([
    ["'com1'", '--port com1'],
    ["'pipe:com_1'", '--port pipe:com_1'],
    ["'com:port=com1,baud=115200", '--port com:port=com1'],
  ])('refuses the port %s, whose quotes cmd.exe hands on', (port, remedy) => {
    const { status, stderr } = livedebug(['start', '--tag', 'Ddk', '--kd', 'sim', '--port', port, '--dry-run']);
    expect(status).toBe(2);
    expect(stderr).toContain(port);
    expect(stderr).toContain(remedy);
  });

  it('finds nothing to stop, and that is no error', () => {
    expect(livedebug(['stop'])).toMatchObject({ status: 0 });
    expect(livedebug(['status']).stdout).toContain('No session is running');
  });

  it('checks this host with doctor', () => {
    const { status, stdout } = livedebug(['doctor', '--kd', 'sim', '--json']);
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; name?: string; ok?: boolean });
    expect(records.at(-1)?.event).toBe('result');
    expect(records.find(({ name }) => name === 'kd')).toMatchObject({ ok: true });
    expect(status).toBe(records.every(({ ok }) => ok !== false) ? 0 : 3);
    expect(livedebug(['doctor', '--kd', '/no/kd']).status).toBe(3);
  });

  it('completes commands and options', () => {
    for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
      const { status, stdout } = livedebug(['completion', shell]);
      expect(status).toBe(0);
      expect(stdout).toContain('--max-hits');
      expect(stdout).toContain('rescue');
    }
    const script = `${livedebug(['completion', 'bash']).stdout}
      COMP_WORDS=(livedebug start --halt-l); COMP_CWORD=2; _livedebug; echo "\${COMPREPLY[@]}"`;
    expect(spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim()).toBe('--halt-limit');
  });
});

describe('settings', () => {
  const known = ['tag', 'port', 'baud', 'maxHits'] as const;

  it('come from flags before the environment before the file', async () => {
    const file = path.join(folder, 'a.toml');
    writeFileSync(file, '\uFEFFport = "com3"\nbaud = 19200\r\nmax-hits = 7\n[targets.two]\nport = \'\\\\.\\COM12\'\n');
    const flags = { config: file, tag: 'Ddk' };
    expect(await withSettings(flags, known, {})).toMatchObject({ tag: 'Ddk', port: 'com3', baud: 19200, maxHits: 7 });
    expect(await withSettings({ ...flags, target: 'two' }, known, {})).toMatchObject({
      port: '\\\\.\\COM12',
      baud: 19200,
    });
    expect(await withSettings(flags, known, { LIVEDEBUG_PORT: 'com4', LIVEDEBUG_MAX_HITS: '9' })).toMatchObject({
      port: 'com4',
      maxHits: '9',
    });
    expect(await withSettings({ ...flags, port: 'com5' }, known, { LIVEDEBUG_PORT: 'com4' })).toMatchObject({
      port: 'com5',
    });
  });

  it('refuse a key that nobody knows, a file that is no TOML, a profile that is not there', async () => {
    const file = path.join(folder, 'b.toml');
    writeFileSync(file, 'bood = 19200\n');
    await expect(withSettings({ config: file }, known, {})).rejects.toThrowError(/b\.toml.*unknown key "bood"/s);
    writeFileSync(file, 'port = com1\n');
    await expect(withSettings({ config: file }, known, {})).rejects.toMatchObject({ exitCode: 2 });
    writeFileSync(file, '[targets.one]\nport = "com1"\n');
    await expect(withSettings({ config: file, profile: 'two' }, known, {})).rejects.toThrowError(
      /No profile "two".*one/,
    );
  });
});

describe('quantities and lines', () => {
  it('reads and prints times and sizes', () => {
    expect([duration('90s'), duration('10m'), duration('2h'), duration('500ms'), duration('5')]).toEqual([
      90000, 600000, 7200000, 500, 5000,
    ]);
    expect([byteSize('1g'), byteSize('8k'), byteSize('100')]).toEqual([1024 ** 3, 8192, 100]);
    expect(() => duration('30d')).toThrowError();
    expect(() => byteSize('big')).toThrowError();
    expect([formatMs(12), formatMs(1234), formatMs(90_000), formatMs(7_500_000)]).toEqual([
      '12 ms',
      '1.2 s',
      '1 min 30 s',
      '2 h 05 min',
    ]);
    expect([formatBytes(12), formatBytes(1_400_000)]).toEqual(['12 B', '1.4 MB']);
  });

  it.each([
    [{ halted_ms: 171, hit_halt_ms: 0, halted_total_ms: 171, halted_estimated: false }, 'halted for 171 ms in all.'],
    [
      { halted_ms: 171, hit_halt_ms: 0, halted_total_ms: 171, halted_estimated: true },
      'halted for 171 ms, besides the hits.',
    ],
    [
      { halted_ms: 171, hit_halt_ms: 3400, halted_total_ms: 3571, halted_estimated: true },
      'halted for about 3.6 s in all, 171 ms of it besides the hits.',
    ],
    [{ halted_ms: 171, hit_halt_ms: 3400, halted_total_ms: 2900, halted_estimated: false }, 'halted for 2.9 s in all.'],
  ])('says in the end how long the target stood still, and whether hits are in it: %j', (halts, words) => {
    const result = {
      exit_code: 0,
      reason: 'done',
      disposition: 'running',
      elapsed_ms: 1,
      log_bytes: 1,
      hits: 9,
      ...halts,
    };
    const run = { log: 'debug.log', pipe: 'p', server: '.' };
    const text = lastWords(result as unknown as SessionRecord, run as unknown as RunRecord);
    expect(text.split('\n')[1]).toMatch(new RegExp(`; ${words.replaceAll('.', '\\.')}$`));
  });

  it('keeps the status line within the terminal, and the hint follows the time', () => {
    const status = {
      phase: 'collecting' as const,
      target: 'running' as const,
      armed: true,
      hits: 123456,
      hits_per_minute: 1200,
      log_bytes: 1e9,
      halted_ms: 1500,
      hit_halt_ms: 247_000,
      halted_total_ms: 248_500,
      halted_estimated: true,
      halted_share: 0.031,
      top_driver: { name: 'averylongdrivername', hits: 100000 },
      elapsed_ms: 1e6,
      phase_ms: 1e6,
    };
    expect(statusLine(status, 80).length).toBeLessThan(80);
    expect(statusLine(status, 60)).toMatch(/^collecting, halted 3% of last minute, ~4 min 08 s in all/);
    expect(statusLine({ ...status, halted_share: 0.004 }, 60)).toContain('halted <1% of');
    expect(statusLine(status, 200)).toContain('averylongdrivername 81%');
    expect(new Set([0, 70_000, 200_000, 700_000].map(waitingHint)).size).toBe(4);
  });
});
