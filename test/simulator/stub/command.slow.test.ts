import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PACKET } from '../../../src/kd/wire/packet.js';
import { PacketReader } from '../../../src/kd/wire/packet-reader.js';
import type { TargetBooks } from '../../../src/simulator/stub/statistics/target-statistics.js';
import { endProcess } from '../../end-process.js';

const main = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'target '));
});
afterEach(async () => {
  await endProcess(child, 'SIGKILL');
  child = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** What it has said on its standard error. */
let said = '';

/** Starts the command, and gives the place where it listens. */
async function target(...words: string[]): Promise<string> {
  const started = spawn(process.execPath, [main, 'simulate', 'target', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child = started;
  said = '';
  for await (const chunk of started.stderr) {
    said += String(chunk);
    const place = / listens at (.+)\n/.exec(said)?.[1];
    if (place !== undefined) return place;
  }
  throw new Error(`it ended: ${said}`);
}

function ended(of: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => of.once('exit', (code) => resolve(code)));
}

describe('livedebug simulate target', () => {
  it('listens, stops at a break-in, keeps its books, and ends by Ctrl+C', async () => {
    const books = join(folder, 'books.json');
    const place = await target('--listen', 'tcp:0', '--arch', 'x86', '--hits-per-second', '50', '--books', books);
    const read = (): TargetBooks => JSON.parse(readFileSync(books, 'utf8')) as TargetBooks;
    const socket = connect(Number(place.split(':').at(-1)), '127.0.0.1');
    const reader = new PacketReader();
    socket.write('b');
    let type: number | undefined;
    for await (const chunk of socket) {
      for (const what of reader.push(chunk as Buffer)) if (what.kind === 'data') type = what.type;
      if (type !== undefined) break;
    }
    expect(type).toBe(PACKET.stateChange64);
    socket.destroy();
    await expect.poll(() => read().violations.map(({ kind }) => kind)).toEqual(['exit-halted']);
    expect(read().target.state).toBe('halted');
    // Windows has no signals: a process that is told to end there just ends.
    if (process.platform === 'win32') return;
    const over = ended(child as ChildProcess);
    child?.kill('SIGINT');
    expect(await over).toBe(0);
    expect(read().ended).toBe(true);
  });

  it.each([
    [2, ['--listen', 'nowhere']],
    [2, []],
    [2, ['--listen', 'tcp:0', '--arch', 'mips']],
    [2, ['--listen', 'tcp:0', '--kernel', '8']],
    [2, ['--listen', 'tcp:0', '--arch', 'x86', '--kernel', '11']],
    [2, ['--listen', 'tcp:0', '--arch', 'arm64', '--kernel', '11']],
    [2, ['--listen', 'tcp:0', '--personality', 'kind']],
    [2, ['--listen', 'tcp:0', '--script', 'nothing']],
    [2, ['--listen', 'tcp:0', '--fault', 'eat=1']],
    [2, ['--listen', 'tcp:0', '--processors', '9']],
    [3, ['--listen', 'tty:/nothing/here']],
    [3, ['--listen', 'tcp:0', '--books', '/nothing/here/books.json']],
  ])('ends with %i for %j', (code, words) => {
    const { status, stderr } = spawnSync(process.execPath, [main, 'simulate', 'target', ...words], {
      encoding: 'utf8',
    });
    expect(status).toBe(code);
    expect(stderr).not.toContain('internal error');
  });

  it('has the kernel that was asked for, and says so', async () => {
    const books = join(folder, 'books.json');
    await target('--listen', 'tcp:0', '--kernel', '11', '--processors', '2', '--books', books);
    expect(said).toContain('simulated target (x64, kernel 11, measured, 2 processors, running) listens at ');
    expect((JSON.parse(readFileSync(books, 'utf8')) as TargetBooks).about).toBe('measured x64, kernel 11');
  });

  it('ends with 6 where somebody listens already', async () => {
    const place = await target('--listen', 'tcp:0');
    const again = ['simulate', 'target', '--listen', `tcp:${place}`];
    const { status, stderr } = spawnSync(process.execPath, [main, ...again], { encoding: 'utf8' });
    expect(status).toBe(6);
    expect(stderr).toContain('is taken already');
  });
});
