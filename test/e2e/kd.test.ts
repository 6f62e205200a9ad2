import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Laptop, portable, type Run, WINDOWS } from './harness.js';

const PROMPT = /(?:^|\n)(?:\d: )?kd> $/;
const SOCAT = !WINDOWS && spawnSync('socat', ['-V']).status === 0;

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(async () => {
  await laptop.close();
});

/** A simulated target at the laptop's own pipe or socket, listening. */
async function target(...more: string[]): Promise<{ readonly pipe: string; readonly run: Run }> {
  const pipe = WINDOWS ? `\\\\.\\pipe\\${laptop.pipe}-vm` : path.join(laptop.folder, 'vm.sock');
  const place = WINDOWS ? `pipe:${laptop.pipe}-vm` : `unix:${pipe}`;
  const run = laptop.run(['simulate', 'target', '--listen', place, '--books', laptop.booksFile, ...more]);
  await run.sees('listens at');
  return { pipe, run };
}

function kd(pipe: string, ...more: string[]): Run {
  return laptop.run(['kd', ...more, '-k', `com:pipe,port=${pipe},resets=0,reconnect`]);
}

function type(run: Run, ...lines: string[]): void {
  run.child.stdin?.write(`${lines.join('\n')}\n`);
}

async function breaksIn(run: Run): Promise<void> {
  await run.sees('Waiting to reconnect');
  await run.interrupt();
  await run.sees(PROMPT);
}

describe('livedebug kd at a simulated target', () => {
  it('attaches, breaks in, looks around, goes on and leaves', async () => {
    const { pipe } = await target('--arch', 'x64', '--processors', '2');
    const trace = path.join(laptop.folder, 'wire trace.txt');
    const record = path.join(laptop.folder, 'the line.rec');
    const run = kd(pipe, '--trace', trace, '--record', record);
    await breaksIn(run);
    type(run, 'r', 'lm', 'vertarget', '.echo that is all');
    await run.sees(/that is all\n\d: kd> $/);
    expect(run.out).toContain('Kernel Debugger connection established.');
    expect(run.out).toMatch(/rip=[0-9a-f]{16}/);
    expect(run.out).toContain('leakydrv');
    type(run, 'g', '\x02');
    expect(await run.ended).toBe(0);
    await laptop.until(() => laptop.books().target.state === 'running');
    expect(laptop.books().violations).toEqual([]);
    const explained = laptop.run(['kd', '--explain-trace', trace]);
    expect(await explained.ended).toBe(0);
    expect(explained.out).toMatch(/> break-in\n/);
    expect(explained.out).toMatch(/KernBase fffff800[0-9a-f]{8}/);
    const recorded = laptop.run(['kd', '--explain-trace', record]);
    expect(await recorded.ended).toBe(0);
    const withoutTimes = (text: string): string => text.replace(/^ *[\d.]+ (?=[<>])/gm, '');
    expect(withoutTimes(recorded.out)).toBe(withoutTimes(explained.out));
  });

  it('frees the target when it is told to end while the target stands', async () => {
    const { pipe } = await target('--arch', 'x86');
    const run = kd(pipe);
    await breaksIn(run);
    if (WINDOWS) type(run, 'q');
    else run.signal('SIGTERM');
    expect(await run.ended).toBe(WINDOWS ? 0 : 143);
    await laptop.until(() => laptop.books().target.state === 'running');
    expect(laptop.books().violations).toEqual([]);
  });

  it.skipIf(WINDOWS)('frees the target also when a fault of ours comes up outside every command', async () => {
    const { pipe } = await target('--arch', 'x86');
    const fault = 'process.on("SIGUSR2",()=>{throw(Error("no-such-luck"))})';
    const words = ['kd', '-k', `com:pipe,port=${pipe},resets=0,reconnect`];
    const run = laptop.run(words, { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(fault)}` });
    await breaksIn(run);
    run.signal('SIGUSR2');
    expect(await run.ended, run.err).toBe(1);
    expect(run.out).toContain('internal error: Error: no-such-luck');
    await laptop.until(() => laptop.books().target.state === 'running');
    expect(laptop.books().violations).toEqual([]);
  });

  it('that was killed at its prompt leaves a wreck, which rescue frees with the built-in kd', async () => {
    const { pipe } = await target('--arch', 'x86');
    const run = kd(pipe);
    await breaksIn(run);
    run.signal('SIGKILL');
    await run.ended;
    await laptop.until(() => laptop.books().violations.length > 0);
    expect(laptop.books().violations.map(({ kind }) => kind)).toEqual(['exit-halted']);
    const rescue = laptop.run(['rescue', '--kd', 'builtin', '--port', `pipe:${pipe}`]);
    expect(await rescue.ended, rescue.err).toBe(0);
    await laptop.until(() => laptop.books().target.state === 'running');
  });

  portable(
    'is found by rescue where there is no other kd, and frees a target that ran into a left breakpoint',
    async () => {
      const { pipe } = await target('--arch', 'x64', '--script', 'orphans', '--hits-per-second', '20');
      await laptop.until(() => laptop.books().target.state === 'halted');
      const rescue = laptop.run(['rescue', '--port', `pipe:${pipe}`], { PATH: laptop.folder, LIVEDEBUG_KD: '' });
      expect(await rescue.ended, rescue.err).toBe(0);
      expect(rescue.err).toContain('Starting a fresh kd');
      await laptop.until(() => laptop.books().target.state === 'running' && laptop.books().target.breakpoints === 0);
    },
  );

  it('is shared: a client sees what was printed, types, breaks in, and leaves it alone', async () => {
    const { pipe } = await target('--arch', 'x64');
    const words = ['kd', '-server', `npipe:pipe=${laptop.pipe}`, '-k', `com:pipe,port=${pipe},resets=0,reconnect`];
    const server = laptop.run(words);
    await server.sees('Waiting to reconnect');
    const client = laptop.run(['kd', '-remote', `npipe:server=.,pipe=${laptop.pipe}`]);
    await client.sees('Waiting to reconnect');
    type(client, '\x06');
    await client.sees(PROMPT);
    type(client, '.echo from the client');
    await server.sees(/\(npipe 1\)\] \.echo from the client\nfrom the client/);
    await client.sees(/from the client\nkd> $/);
    type(client, 'q');
    await client.sees('qq ends the server');
    type(client, 'g', '\x02');
    expect(await client.ended).toBe(0);
    type(server, '\x02');
    expect(await server.ended).toBe(0);
    await laptop.until(() => laptop.books().target.state === 'running');
    expect(laptop.books().violations).toEqual([]);
  });

  portable('refuses a target that it cannot debug, and lets it run', async () => {
    const { pipe } = await target('--arch', 'arm64');
    const run = kd(pipe);
    await run.sees('Waiting to reconnect');
    await run.interrupt();
    expect(await run.ended).toBe(3);
    expect(run.out).toContain('ARM64');
    await laptop.until(() => laptop.books().target.state === 'running');
  });

  portable('says why it cannot begin', async () => {
    const missing = laptop.run(['kd', '-k', `com:pipe,port=${path.join(laptop.folder, 'nothing here')}`]);
    expect(await missing.ended).toBe(3);
    expect(missing.out).toContain('Kernel debugger failed initialization, Win32 error 0n2');
    const usage = laptop.run(['kd', '-k', 'net:port=50000,key=1.2.3']);
    expect(await usage.ended).toBe(2);
    const trace = laptop.run(['kd', '--explain-trace', path.join(laptop.folder, 'none.txt')]);
    expect(await trace.ended).toBe(2);
    expect(trace.err).toContain('none.txt');
  });
});

describe.skipIf(!SOCAT)('livedebug kd at a serial line', () => {
  it.each([19_200, 115_200])('attaches, arms and leaves at %i baud', async (baud) => {
    const [host, far] = [path.join(laptop.folder, 'ttyS0'), path.join(laptop.folder, 'ttyS1')];
    const socat = spawn('socat', [`pty,raw,echo=0,link=${host}`, `pty,raw,echo=0,link=${far}`], { stdio: 'ignore' });
    try {
      while (!existsSync(host) || !existsSync(far)) await new Promise((resolve) => setImmediate(resolve));
      const words = ['simulate', 'target', '--listen', `tty:${far}`, '--baud', String(baud), '--arch', 'x86'];
      const far_end = laptop.run([...words, '--hits-per-second', '5', '--books', laptop.booksFile]);
      await far_end.sees('listens at');
      const run = laptop.run(['kd', '-k', `com:port=${host},baud=${baud}`]);
      await breaksIn(run);
      // Where the special pool routine lies is told by the image's own export table; the routine of the break-in will do here.
      const at = /\n([0-9a-f]{8}) cc/.exec(run.out)?.[1] ?? '';
      type(run, `ba e1 ${at}+2`, `bp ${at}+10`, 'bl', '.echo armed');
      await run.sees(/armed\nkd> $/);
      type(run, 'g', '\x02');
      expect(await run.ended).toBe(0);
      await laptop.until(() => laptop.books().target.state === 'running');
      expect(laptop.books().violations).toEqual([]);
      expect(laptop.books().target.breakpoints).toBe(0);
      expect(readFileSync(laptop.booksFile, 'utf8')).toContain('"hits_lost": 0');
    } finally {
      socat.kill();
    }
  });
});
