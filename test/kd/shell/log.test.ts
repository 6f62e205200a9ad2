import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stamped } from '../../../src/kd/console/log-file.js';
import { ShellBench } from './shell-bench.js';

let folder: string;
let kd: ShellBench;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kd log '));
  kd = new ShellBench({ stub: { state: 'running' } });
  await kd.breakIn();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the log', () => {
  it('gets everything that the screen gets, and what is typed', async () => {
    const file = path.join(folder, 'my log.txt');
    const from = kd.text.length;
    expect(await kd.command(`.logopen ${file}`)).toBe(`Opened log file '${file}'\n`);
    await kd.command('r');
    await kd.command('nonsense');
    expect(await kd.command('.logfile')).toBe(`Log '${file}' open\n`);
    expect(await kd.command('.logclose')).toBe(`Closing open log file ${file}\n`);
    await kd.command('.echo not in it');
    const log = readFileSync(file, 'utf8');
    const screen = kd.text.slice(from, kd.text.indexOf('kd> ', kd.text.indexOf('Closing open')));
    // Nobody's screen shows what its own user typed: the log has it behind its prompt.
    expect(log.replace(/^kd> .*$/gm, 'kd> ')).toBe(screen.replace(/kd> /g, 'kd> \n'));
    expect(log).toMatch(/^kd> r$/m);
    expect(log).toMatch(/^ +\^ Syntax error in 'nonsense'$/m);
  });

  it('takes a quoted name, appends, and writes UTF-16', async () => {
    const file = path.join(folder, 'a b.txt');
    await kd.command(`.logopen /u "${file}"; .echo one`);
    await kd.command(`.logappend /u "${file}"`);
    expect(await kd.command('.logfile')).toBe(`Log '${file}' open (append)\n`);
    await kd.command('.echo two;.logclose');
    const bytes = readFileSync(file);
    expect(bytes.subarray(0, 2)).toEqual(Buffer.of(0xff, 0xfe));
    const text = bytes.toString('utf16le');
    expect(text.match(/\ufeff/g)).toHaveLength(1);
    expect(text).toMatch(/one\n.*Opened log file.*two\n/s);
  });

  it('puts the process and the moment into the name for /t', async () => {
    await kd.command(`.logopen /t ${path.join(folder, 'stamped.txt')}`);
    await kd.command('.logclose');
    expect(readdirSync(folder)[0]).toMatch(/^stamped_[0-9A-F]{4,}_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d-\d{3}\.txt$/);
    expect(path.basename(stamped('/x/y.log', new Date(2005, 1, 28, 9, 5, 50, 935)))).toMatch(
      /^y_[0-9A-F]{4,}_2005-02-28_09-05-50-935\.log$/,
    );
  });

  it('says what is not open, and what cannot be', async () => {
    expect(await kd.command('.logclose')).toBe('No log file open\n');
    expect(await kd.command('.logfile')).toBe('No log file open\n');
    mkdirSync(path.join(folder, 'directory'));
    expect(await kd.command(`.logopen ${path.join(folder, 'directory')}`)).toMatch(/^Unable to open log file '.*': /);
    expect(await kd.command(`.logopen ${path.join(folder, 'none', 'x.log')}`)).toMatch(/^Unable to open log file/);
    expect(await kd.command('.logopen /q x')).toContain('/q is not supported');
    expect(await kd.command(`.logopen a"b`)).toMatch(/ \^ Syntax error in '/);
    expect(existsSync(path.join(folder, 'x'))).toBe(false);
    expect(await kd.command('.echo on')).toBe('on\n');
  });
});
