import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const main = path.join(root, 'dist/main.js');
const boot = (name: string): string => path.join(root, 'fixtures/boot', name);
const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug target '));
const run = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: folder });
const prepare = (...args: string[]) => run('target', 'prepare', '--tag', 'Ddk', ...args);

describe('a kit for a Windows without a function for a breakpoint', () => {
  it('leaves the registry alone, by version or by strategy', () => {
    for (const words of [
      ['--os', '11-24h2+'],
      ['--os', 'Windows 11 24H2'],
      ['--os', '2025'],
      ['--os', 'vista+', '--strategy', 'pool-hit-tag'],
    ]) {
      const { stdout, status } = prepare(...words, '--dry-run');
      expect(status).toBe(0);
      expect(stdout).toContain('==> prepare.cmd');
      const [, script = ''] = stdout.split(/==> \S+\n/);
      expect(script).not.toMatch(/\/v PoolTag/);
      expect(stdout).not.toContain('pooltag.reg');
    }
    expect(prepare('--os', '11-24h2+', '--strategy', 'breakpoint', '--dry-run').stdout).toContain('==> pooltag.reg');
  });
});

describe('livedebug tag', () => {
  it('prints what people paste elsewhere', () => {
    const { stdout, status } = run('tag', 'encode', 'Ddk');
    expect(status).toBe(0);
    for (const text of [
      '"Ddk "',
      '44 64 6b 20',
      '0x206b6444',
      '"PoolTag"=dword:206b6444',
      'reg add "HKLM\\System',
      "' kdD'",
    ])
      expect(stdout).toContain(text);
    expect(JSON.parse(run('tag', 'decode', "' kdD'", '--json').stdout)).toMatchObject({
      tag: 'Ddk ',
      dword: '0x206b6444',
      value: 0x206b6444,
    });
  });

  it('refuses with the code of a usage error', () => {
    expect(run('tag', 'encode', 'Leaky')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('5 characters'),
    });
    expect(run('tag', 'decode', '100')).toMatchObject({ status: 2, stderr: expect.stringContaining('as a size') });
  });
});

describe('livedebug target prepare', () => {
  it('writes a kit, says so again without writing, and keeps another kit from being replaced', () => {
    const first = prepare('--os', 'vista+');
    expect(first).toMatchObject({ status: 0, stdout: expect.stringContaining('is written: livedebug-kit-Ddk') });
    expect(first.stderr).toContain('BitLocker');
    const kit = path.join(folder, 'livedebug-kit-Ddk');
    expect(readdirSync(kit).sort()).toEqual(['README.txt', 'check.cmd', 'pooltag.reg', 'prepare.cmd', 'undo.cmd']);
    mkdirSync(path.join(kit, 'state-SERVER1'));
    expect(prepare('--os', 'vista+').stdout).toContain('is there already, unchanged');
    const then = readFileSync(path.join(kit, 'prepare.cmd'), 'latin1');
    expect(prepare('--os', 'vista+', '--baud', '115200')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('another kit'),
    });
    expect(readFileSync(path.join(kit, 'prepare.cmd'), 'latin1')).toBe(then);
    expect(prepare('--os', 'vista+', '--baud', '115200', '--force').status).toBe(0);
    expect(readFileSync(path.join(kit, 'prepare.cmd'), 'latin1')).toContain('baudrate:115200');
    expect(existsSync(path.join(kit, 'state-SERVER1'))).toBe(true);
  });

  it('names the folder of an awkward tag by its value', () => {
    const { stdout } = run('target', 'prepare', '--tag', 'a/..', '--os', 'vista+', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ out: 'livedebug-kit-2e2e2f61', tag: 'a/..', dryRun: false });
  });

  it('edits a boot.ini, bytes of its code page included', () => {
    const { stdout, status } = prepare('--os', '2003', '--boot-ini', boot('xp-debug.ini'), '--out', 'xp', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout).written).toContain('boot.ini.new');
    expect(readFileSync(path.join(folder, 'xp/boot.ini.original'))).toEqual(readFileSync(boot('xp-debug.ini')));
    const edited = path.join(folder, 'xp/boot.ini.new');
    expect(
      readFileSync(edited).includes(Buffer.from('Windows XP \x81ber alles debug COM1 19200 [livedebug]', 'latin1')),
    ).toBe(true);
    // ... and undo gives the original back, from the edited file alone.
    expect(run('target', 'undo', '--tag', 'Ddk', '--os', '2003', '--boot-ini', edited, '--out', 'back').status).toBe(0);
    expect(readFileSync(path.join(folder, 'back/boot.ini.original'))).toEqual(readFileSync(boot('xp-debug.ini')));
    expect(run('target', 'check', '--boot-ini', edited)).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    ['xp', 'bootcfg'],
    ['2003r2', 'bootcfg'],
    ['2008r2', 'bcdedit'],
    ['win10-1903', 'bcdedit'],
  ])('knows how %s starts', (os, program) => {
    const { stdout, status } = prepare('--os', os, '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toContain(`"%SYS%\\${program}.exe" /`);
  });

  it('gives a warning once', () => {
    writeFileSync(
      path.join(folder, '3gb.ini'),
      readFileSync(boot('server2003.ini'), 'latin1').replace('/fastdetect', '/3GB /fastdetect'),
    );
    for (const words of [
      ['--os', 'win11'],
      ['--os', '2003', '--boot-ini', '3gb.ini'],
    ])
      for (const mode of ['--dry-run', '--force']) {
        const { stdout, stderr } = prepare(...words, mode, '--out', 'once');
        const text = `${stdout}\n${stderr}`.replace(/\s+/g, ' ');
        for (const sign of [
          'special pool does not work',
          'Special pool costs',
          'winver shows',
          'waits for its debugger',
        ])
          expect(text.split(sign).length, `${words} ${mode}: ${sign}`).toBeLessThanOrEqual(2);
        expect(text).toContain(words.includes('2003') ? 'special pool does not work' : 'winver shows');
      }
    const readme = readFileSync(path.join(folder, 'once/README.txt'), 'latin1').replace(/\s+/g, ' ');
    expect(readme.split('/3GB').length).toBe(2);
  });

  it('takes every tag for what it is only when that is said', () => {
    for (const tag of ['*', '**', '????', ' * ']) {
      const refused = run('target', 'prepare', '--tag', tag, '--os', 'vista+', '--dry-run');
      expect(refused).toMatchObject({ status: 2, stdout: '' });
      expect(refused.stderr.replace(/\s+/g, ' ')).toMatch(/every tag.*slows the target down.*memory.*--all-tags/);
    }
    const all = run('target', 'prepare', '--tag', '*', '--all-tags', '--os', 'vista+', '--dry-run');
    expect(all.status).toBe(0);
    expect(all.stdout).toContain('set "TAG=0x0000002a"');
    expect(all.stdout).toContain('livedebug start --tag "*"');
    expect(run('target', 'undo', '--tag', '*', '--os', 'vista+', '--dry-run').status).toBe(0);
    expect(prepare('--os', 'vista+', '--all-tags')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Ddk'),
    });
    expect(run('target', 'prepare', '--tag', '*', '--all-tags', '--os', '2025')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('knows no wildcards'),
    });
    expect(run('target', 'prepare', '--tag', 'Dd*', '--os', 'vista+', '--dry-run').status).toBe(0);
  });

  it('writes nothing in a dry run', () => {
    const { stdout } = prepare('--os', '2003', '--dry-run', '--out', 'dry');
    expect(stdout).toContain('==> prepare.cmd\n@echo off');
    expect(existsSync(path.join(folder, 'dry'))).toBe(false);
  });

  it('refuses what cannot work', () => {
    expect(run('target', 'prepare', '--tag', 'Ddk').status).toBe(2);
    const unknown = prepare('--os', 'nt4');
    expect(unknown.status).toBe(2);
    for (const name of ['xp', '2008r2', 'win7', 'win11', 'vista+', 'win10-1903'])
      expect(unknown.stderr).toContain(name);
    expect(prepare('--os', '2000').stderr).toContain('--boot-ini');
    expect(prepare('--os', '2003', '--port', 'com5').stderr).toContain('com1, com2');
    expect(prepare('--os', '2003', '--baud', '14400').stderr).toContain('19200');
    expect(prepare('--os', 'vista+', '--boot-ini', boot('server2003.ini')).stderr).toContain('BCD');
    expect(prepare('--os', '2003', '--boot-ini', 'none.ini').stderr).toContain('no such file');
    expect(prepare('--os', 'vista+', '--description', 'say "hi"').stderr).toContain('without quotes');
    writeFileSync(path.join(folder, 'odd.ini'), '[operating systems]\r\nmulti(0)disk(0)="x"\r\n');
    expect(prepare('--os', '2003', '--boot-ini', 'odd.ini')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('line 2'),
    });
  });
});

describe('livedebug target prepare --net', () => {
  const net = (...args: string[]) => prepare('--os', 'win11', '--net', ...args);
  const key = /[0-9a-z]{8,13}(?:\.[0-9a-z]{8,13}){3}/;

  it('makes a key, shows it once on standard error, and keeps it in one file that nobody else may read', () => {
    const { stdout, stderr, status } = net('--host', '10.0.0.5', '--out', 'net');
    expect(status).toBe(0);
    expect(stdout).toContain('livedebug start --tag Ddk --port net:port=50000');
    expect(stdout).toMatch(/LIVEDEBUG_KDNET=.*net[/\\]kdnet-key\.txt/);
    expect(stdout).not.toMatch(key);
    expect(stderr.match(new RegExp(key, 'g'))).toHaveLength(1);
    const made = key.exec(stderr)?.[0] ?? '';
    const file = (name: string) => path.join(folder, 'net', name);
    const holders = readdirSync(path.join(folder, 'net')).filter((name) =>
      readFileSync(file(name), 'latin1').includes(made),
    );
    expect(holders).toEqual(['kdnet-key.txt']);
    if (process.platform !== 'win32')
      for (const name of readdirSync(path.join(folder, 'net'))) expect(statSync(file(name)).mode & 0o777).toBe(0o600);
    // A second time it is the same kit, and the key is not shown again.
    const again = net('--host', '10.0.0.5', '--out', 'net');
    expect(again.stdout).toContain('is there already, unchanged');
    expect(`${again.stdout}${again.stderr}`).not.toMatch(key);
  });

  it('takes a key that is given, and shows none to programs or in a dry run', () => {
    const given = net('--host', 'fd00::5', '--port', '50001', '--key', 'W.X.Y.Z', '--out', 'given', '--json');
    expect(given.status).toBe(0);
    expect(`${given.stdout}${given.stderr}`).not.toMatch(/w\.x\.y\.z/i);
    expect(readFileSync(path.join(folder, 'given/kdnet-key.txt'), 'latin1')).toBe('w.x.y.z\r\n');
    expect(readFileSync(path.join(folder, 'given/prepare.cmd'), 'latin1')).toContain('hostipv6:fd00::5 port:50001');
    const dry = net('--host', '10.0.0.5', '--dry-run', '--out', 'dry-net');
    expect(dry.stdout).toContain('==> kdnet-key.txt\n***');
    expect(`${dry.stdout}${dry.stderr}`).not.toMatch(key);
  });

  it('closes a kit to others that was open to them before', () => {
    if (process.platform === 'win32') return;
    expect(prepare('--os', 'win11', '--out', 'open').status).toBe(0);
    expect(net('--host', '10.0.0.5', '--out', 'open', '--force').status).toBe(0);
    for (const name of readdirSync(path.join(folder, 'open')))
      expect(statSync(path.join(folder, 'open', name)).mode & 0o777, name).toBe(0o600);
  });

  it('undoes without host and key', () => {
    const { stdout, status } = run('target', 'undo', '--tag', 'Ddk', '--os', 'win11', '--net', '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toContain('del "%HERE%kdnet-key.txt"');
    expect(stdout).not.toContain('==> kdnet-key.txt');
  });

  it('refuses what cannot work, and shows no key', () => {
    const refusals: readonly [readonly string[], string][] = [
      [['--net'], 'kit-host'],
      [['--net', '--host', 'laptop'], 'kit-host'],
      [['--net', '--host', '0.0.0.0'], 'kit-host'],
      [['--net', '--host', 'fe80::1%eth0'], 'kit-host'],
      [['--net', '--host', '10.0.0.5', '--port', 'com1'], 'kit-port'],
      [['--port', '50000'], 'kit-port'],
      [['--net', '--host', '10.0.0.5', '--port', '1000'], '49152'],
      [['--net', '--host', '10.0.0.5', '--key', 'se.cr.et'], 'kit-key'],
      [['--net', '--host', '10.0.0.5', '--baud', '9600'], 'kit-net'],
      [['--key', 'se.cr.et.ly'], 'kit-net'],
    ];
    for (const [words, why] of refusals) {
      const { status, stderr } = prepare('--os', 'win11', '--dry-run', ...words);
      expect(status, words.join(' ')).toBe(2);
      expect(stderr).toContain(why);
      expect(stderr).not.toContain('se.cr.et');
    }
    for (const os of ['win7', '2008r2', '2003'])
      expect(prepare('--os', os, '--net', '--host', '10.0.0.5')).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('kit-net-windows'),
      });
  });
});

describe('livedebug target check', () => {
  it('says what is wrong, and ends with 3', () => {
    const { stdout, status } = run('target', 'check', '--bcdedit', boot('bcdedit-local-german-utf16.txt'));
    expect(status).toBe(3);
    expect(stdout).toMatch(/^ok .*\nWRONG {2}debugtype is Local/);
    const json = run('target', 'check', '--bcdedit', boot('bcdedit-prepared.txt'), '--json');
    expect(json.status).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({ v: 1, ok: true });
  });

  it('says of a target that needs no PoolTag that it needs none', () => {
    const check = (...words: string[]) =>
      JSON.parse(run('target', 'check', '--bcdedit', boot('bcdedit-prepared.txt'), '--json', ...words).stdout);
    const last = (...words: string[]) => check(...words).findings.at(-1);
    for (const os of ['11-24h2+', 'win11-25h2', '2025'])
      expect(last('--os', os)).toEqual({
        ok: true,
        text: expect.stringContaining('PoolTag is not needed: this Windows'),
      });
    expect(last('--strategy', 'pool-hit-tag').text).toContain('PoolTag is not needed: with --strategy');
    expect(last('--os', 'win10')).toMatchObject({
      ok: true,
      open: true,
      text: expect.stringContaining('PoolTag must'),
    });
    expect(last('--os', '2025', '--strategy', 'breakpoint')).toMatchObject({ open: true });
    expect(
      check()
        .findings.map(({ text }: { text: string }) => text)
        .join(),
    ).not.toContain('PoolTag');
  });

  it('says where to look when it is given nothing', () => {
    expect(run('target', 'check')).toMatchObject({ status: 0, stdout: expect.stringContaining('SystemStartOptions') });
  });
});
