import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  read as readSome,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.js';
import { compareLogs } from '../../src/log/compare.js';
import { followFile } from '../../src/log/follow.js';
import { LogFile } from '../../src/log/log-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'log file '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const some = async (file: number, buffer: Buffer): Promise<number> =>
  (await promisify(readSome)(file, buffer, 0, buffer.length, null)).bytesRead;

const at = (name: string) => path.join(folder, name);

describe('debug.log', () => {
  it('has the bytes, unchanged, when write resolves', async () => {
    const log = new LogFile(at('debug.log'));
    const bytes = Buffer.from([0, 255, 13, 10, 0xe4, 10]);
    await log.write(bytes);
    expect(readFileSync(at('debug.log'))).toEqual(bytes);
    await log.close();
  });

  it('is appended to, never overwritten', async () => {
    writeFileSync(at('debug.log'), 'old\n');
    const log = new LogFile(at('debug.log'));
    await log.write(Buffer.from('new\n'));
    await log.close();
    expect(readFileSync(at('debug.log'), 'utf8')).toBe('old\nnew\n');
  });

  it('is refused to a second session, and free again afterwards', async () => {
    const log = new LogFile(at('debug.log'));
    expect(() => new LogFile(at('debug.log'))).toThrowError(expect.objectContaining({ code: 'log-busy', exitCode: 6 }));
    await log.close();
    await new LogFile(at('debug.log')).close();
  });

  it('takes over the lock of a process that is gone', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    writeFileSync(at('debug.log.lock'), `${pid}\n`);
    await new LogFile(at('debug.log')).close();
    expect(existsSync(at('debug.log.lock'))).toBe(false);
  });

  it('rotates at line ends and keeps every byte, in order', async () => {
    const line = fc.string({ maxLength: 60 }).map((text) => `${text.replaceAll('\n', ' ')}\n`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(line, { minLength: 1, maxLength: 5 }), { maxLength: 30 }), async (chunks) => {
        for (const name of readdirSync(folder)) rmSync(at(name));
        const log = new LogFile(at('debug.log'), { maxBytes: 100 });
        // Also those that do not wait for each other are written one behind the other.
        await Promise.all(chunks.map((chunk) => log.write(Buffer.from(chunk.join('')))));
        await log.close();
        const files = [...log.finished, at('debug.log')];
        expect(files.map((file) => readFileSync(file, 'utf8')).join('')).toBe(chunks.flat().join(''));
        for (const file of log.finished) expect(readFileSync(file, 'utf8').endsWith('\n')).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('says what is wrong with a place that cannot be written', () => {
    expect(() => new LogFile(at('missing/debug.log'))).toThrowError(Fault);
    expect(() => new LogFile(folder)).toThrowError(/cannot be opened/);
  });

  it.skipIf(!existsSync('/dev/full'))('tells a full disk', async () => {
    const log = new LogFile('/dev/full');
    await expect(log.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'disk-full', exitCode: 3 });
    await log.close();
  });

  it.skipIf(process.platform === 'win32')('waits for a pipe that is full, and can be left all the same', async () => {
    spawnSync('mkfifo', [at('pipe')]);
    const reader = openSync(at('pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
    const log = new LogFile(at('pipe'));
    const written = log.write(Buffer.alloc(200_000, 0x61));
    let read = 0;
    for (const buffer = Buffer.alloc(65_536); read < 200_000; ) {
      read += await some(reader, buffer).catch(() => 0);
    }
    await written;
    const stuck = log.write(Buffer.alloc(200_000, 0x62));
    stuck.catch(() => {});
    await log.close(50);
    await expect(stuck).rejects.toMatchObject({ code: 'log-write-failed' });
    closeSync(reader);
  });
});

describe('following a log', () => {
  it('gives what is there and what comes, and ends with the last byte', async () => {
    const log = new LogFile(at('debug.log'));
    await log.write(Buffer.from('one '));
    const over = new AbortController();
    let seen = '';
    for await (const bytes of followFile(at('debug.log'), 0, over.signal)) {
      seen += bytes.toString();
      if (seen === 'one ') await log.write(Buffer.from('two '));
      if (seen === 'one two ') {
        await log.write(Buffer.from('three'));
        over.abort();
      }
    }
    await log.close();
    expect(seen).toBe('one two three');
  });
});

describe('comparing debug.log and kd.log', () => {
  const compare = (debug: string, kd: string) => {
    writeFileSync(at('debug.log'), debug);
    writeFileSync(at('kd.log'), kd);
    return compareLogs(
      [at('debug.log')],
      at('kd.log'),
      (line) => line.replace(/^(?:\d+: kd> ?)+/, ''),
      (line) => line === 'g',
    );
  };

  it('does not count prompts and typed commands', async () => {
    const { onlyInDebug, onlyInKd } = await compare('a\n0: kd> b\n', '0: kd> g\na\nb\n');
    expect([onlyInDebug, onlyInKd]).toEqual([0, 0]);
  });

  it('counts what either lacks, and shows it', async () => {
    const result = await compare('a\nb\nc\nd\n', 'a\nc\nx\nd\n');
    expect(result).toMatchObject({ debugLines: 4, kdLines: 4, onlyInDebug: 1, onlyInKd: 1 });
    expect(result.examples).toEqual(['only in debug.log: b', 'only in kd.log: x']);
  });

  it('compares logs that are longer than what is read ahead', async () => {
    const all = Array.from({ length: 5000 }, (_, i) => `line ${i} ${'-'.repeat(i % 90)}`);
    const some = all.filter((_, i) => i % 7 !== 0);
    const result = await compare(all.join('\r\n'), some.join('\n'));
    const missing = all.length - some.length;
    expect(result).toMatchObject({ debugLines: 5000, kdLines: some.length, onlyInDebug: missing, onlyInKd: 0 });
    const apart = await compare(all.map((line) => `a ${line}`).join('\n'), all.map((line) => `b ${line}`).join('\n'));
    expect([apart.onlyInDebug, apart.onlyInKd]).toEqual([5000, 5000]);
  });

  it('compares a line without an end in pieces', async () => {
    const endless = Array.from({ length: 200_000 }, (_, i) => `${i} `).join('');
    expect(await compare(`a\n${endless}\nb\n`, `a\r\n${endless}\r\nb`)).toMatchObject({ onlyInDebug: 0, onlyInKd: 0 });
    const changed = await compare(`a\n${endless}\nb\n`, `a\n${endless.slice(0, -3)}x\nb\n`);
    expect([changed.onlyInDebug, changed.onlyInKd]).toEqual([1, 1]);
  });

  it('sees every difference of any two logs', async () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lines, lines, async (one, other) => {
        const { debugLines, kdLines, onlyInDebug, onlyInKd } = await compare(one.join('\n'), other.join('\n'));
        expect([debugLines, kdLines]).toEqual([one.length, other.length]);
        expect(debugLines - onlyInDebug).toBe(kdLines - onlyInKd);
        expect(onlyInDebug + onlyInKd === 0).toBe(one.join() === other.join());
      }),
      { numRuns: 100 },
    );
  });
});
