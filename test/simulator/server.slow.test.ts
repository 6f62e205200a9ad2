import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame } from '../../src/platform/pipes/pipe-frames.js';
import { pipePath } from '../../src/platform/pipes/pipe-path.js';
import { ARM, Bench, BREAK, connectAndBreak, HIT, PROMPT, QUIT, type SimKd } from './sim-kd.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

const server = (...more: string[]): SimKd => bench.kd(['-server', 'npipe:pipe=lab', ...more]);
const where = (): string => pipePath('lab', process.platform, { LIVEDEBUG_PIPE_DIR: path.join(bench.folder, 'p') });

describe('clients of a debugging server', () => {
  it('two see the same output and type to the same target', async () => {
    const kd = server();
    await connectAndBreak(kd);
    const first = bench.client('lab');
    expect(await first.until(/connected at .*\n\d: kd> $/)).toContain('Kernel Debugger connection established.');
    const second = bench.client('lab', '-clines', '0');
    expect(await second.until(PROMPT)).not.toContain('Debugger Version');
    first.type('.echo from the first');
    await first.until(/from the first\n\d: kd> $/);
    await second.until(/\[\S+ \(npipe \d+\)\] \.echo from the first\nfrom the first\n/);
    expect(await kd.until(/from the first\n(?!\[)/)).toContain('connected at');
    second.type('g');
    await bench.untilBooks((books) => books.target.state === 'running');
    second.type(QUIT);
    expect((await second.ended).code).toBe(0);
    first.type(BREAK);
    await kd.until(/THIS IS NOT A BUG[\s\S]*kd> $/);
    expect(kd.child.exitCode).toBeNull();
  });

  it('-bonc breaks in as soon as it has joined', async () => {
    const kd = server();
    await kd.until('connection established.');
    const client = bench.client('lab', '-clines', '0', '-bonc');
    await client.until(PROMPT);
    await kd.until(PROMPT);
    expect(bench.books().breaks).toBe(1);
  });

  it.skipIf(process.platform === 'win32')('SIGINT in a client breaks in, its death disturbs nobody', async () => {
    const kd = server();
    await kd.until('connection established.');
    const client = bench.client('lab');
    await client.until('connected at');
    client.signal('SIGINT');
    await client.until(PROMPT);
    client.signal('SIGKILL');
    await client.ended;
    kd.type('.echo still here');
    await kd.until('still here');
  });

  it('q in a client is only advised on, qq ends the server', async () => {
    const kd = server();
    await connectAndBreak(kd);
    const client = bench.client('lab', '-clines', '0');
    await client.until(PROMPT);
    client.type('q');
    await client.until(/Exit a remote ntsd\/cdb client[\s\S]*'qqd'\.\n\d: kd> $/);
    client.type('qq');
    expect((await kd.ended).code).toBe(0);
    expect((await client.ended).code).toBe(0);
    expect(bench.books().kd.how).toBe('q');
  });

  it('a wrong password and a missing server are refused', async () => {
    const kd = bench.kd(['-server', 'npipe:pipe=lab,password=sesame']);
    await kd.until('Waiting to reconnect');
    expect(kd.output).not.toContain('sesame');
    const wrong = bench.run(['-remote', 'npipe:server=.,pipe=lab,password=wrong']);
    expect((await wrong.ended).code).toBe(1);
    expect(wrong.output).toContain('HRESULT 0x80004005');
    const right = bench.run(['-remote', 'npipe:server=.,pipe=lab,password=sesame']);
    await right.until('connected at');
    const nobody = bench.client('nothing-there');
    expect((await nobody.ended).code).toBe(1);
    expect(nobody.output).toContain('Cannot connect to server');
  });

  it('one that reads nothing holds up nobody, and is dropped', async () => {
    Object.assign(bench, { scenario: 'flood' });
    const kd = bench.kd(['-server', 'npipe:pipe=lab'], { LIVEDEBUG_SIM_HITS: '60000' });
    await connectAndBreak(kd);
    const mute = connect(where());
    const closed = new Promise((resolve) => mute.once('close', resolve));
    mute.on('error', () => {}).pause();
    mute.write(encodeFrame('H', JSON.stringify({ user: 'LAB\\mute', breaks: false })));
    await kd.until('LAB\\mute');
    kd.type(ARM, 'g');
    await bench.untilBooks((books) => books.hits === 60_000);
    mute.resume();
    await closed;
    await bench.release(kd);
    expect(bench.books()).toMatchObject({ hits: 60_000, violations: [] });
    expect(kd.output.match(new RegExp(HIT, 'g'))).toHaveLength(60_000);
  });
});

describe('the pipe', () => {
  it('of a living server is in use', async () => {
    const kd = server();
    await kd.until('Waiting to reconnect');
    const late = bench.run(['-server', 'npipe:pipe=lab'], { LIVEDEBUG_SIM_BOOKS: '' });
    expect((await late.ended).code).not.toBe(0);
    expect(late.output).toContain('the pipe is in use');
  });

  it.skipIf(process.platform === 'win32')('of a dead server is taken over', async () => {
    const kd = server();
    await kd.until('Waiting to reconnect');
    kd.signal('SIGKILL');
    await kd.ended;
    expect(existsSync(where())).toBe(true);
    const next = server();
    await next.until('Server started.');
  });

  it('is gone after a proper end, and the server outlives its input until then', async () => {
    const kd = server();
    await connectAndBreak(kd);
    kd.child.stdin?.end();
    const client = bench.client('lab', '-clines', '0');
    await client.until(PROMPT);
    client.type('qqd');
    expect((await kd.ended).code).toBe(0);
    if (process.platform !== 'win32') expect(existsSync(where())).toBe(false);
    expect(bench.violations()).toEqual([]);
  });
});

describe('books that go on', () => {
  it('a frozen target stays frozen until the next kd resumes it', async () => {
    const first = bench.kd();
    await connectAndBreak(first);
    first.type('q');
    await first.ended;
    const second = bench.kd();
    await second.until(/connection established\.[\s\S]*Break instruction exception[\s\S]*kd> $/);
    expect(second.output).not.toContain('THIS IS NOT A BUG');
    second.type('bc *');
    await bench.leave(second);
    expect(bench.books()).toMatchObject({ ended: true, commands: 3, target: { state: 'running' } });
    expect(bench.violations()).toEqual(['exit-halted']);
  });

  it('an armed target without a debugger stands still at its next hit, and the next kd clears what was left', async () => {
    const first = bench.kd();
    await connectAndBreak(first);
    first.type(ARM, 'g');
    await first.until(HIT);
    first.signal('SIGKILL');
    await first.ended;
    await new Promise((resolve) => setTimeout(resolve, 150));
    const second = bench.kd();
    await second.until(/Break instruction exception[\s\S]*nt!MmAllocateSpecialPool:[\s\S]*kd> $/);
    expect(bench.books().target).toMatchObject({ state: 'halted', breakpoints: 0 });
    await bench.leave(second);
    expect(bench.violations()).toEqual(['killed-armed']);
    expect(bench.books().target).toMatchObject({ state: 'running', breakpoints: 0 });
  });

  it('a second kd on the same port is refused while the first lives', async () => {
    const first = bench.kd();
    await connectAndBreak(first);
    const second = bench.kd();
    expect((await second.ended).code).not.toBe(0);
    expect(second.output).toContain('Kernel debugger failed initialization');
    expect(bench.books()).toMatchObject({ ended: false, kd: { pid: first.child.pid } });
    await bench.leave(first);
    expect(bench.violations()).toEqual([]);
  });

  it('a kd that crashes by scenario is nobody’s violation, and does not crash again', async () => {
    const file = path.join(bench.folder, 'crash.toml');
    const lines = [
      'about = "kd crashes"',
      '[link]',
      'cost = "none"',
      '[[allocations]]',
      'stack = ["mydrv!Leak+0x10"]',
      '[[timeline]]',
      'event = "connect"',
      '[[timeline]]',
      'event = "kd-crash"',
      'on = "armed"',
      'after_ms = 50',
    ];
    writeFileSync(file, lines.join('\n'));
    Object.assign(bench, { scenario: file });
    const first = bench.kd();
    await connectAndBreak(first);
    first.type(ARM, 'g');
    expect((await first.ended).code).not.toBe(0);
    expect(bench.books()).toMatchObject({ violations: [], target: { breakpoints: 1 }, kd: { how: 'crash' } });
    const second = bench.kd(['-bonc']);
    await second.until(PROMPT);
    second.type(ARM, 'g');
    await second.until(HIT);
    await bench.release(second);
    expect(bench.violations()).toEqual([]);
  });
});
