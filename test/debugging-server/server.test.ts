import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DebuggingServer, openServer } from '../../src/debugging-server/server.js';
import { encodeFrame } from '../../src/platform/pipes/pipe-frames.js';
import { pipePath } from '../../src/platform/pipes/pipe-path.js';

let folder: string;
let name: string;
let server: DebuggingServer;
let seen: string[];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'kd-pipe-'));
  vi.stubEnv('LIVEDEBUG_PIPE_DIR', folder);
  name = `kd-pipe-${path.basename(folder)}`;
  // A client of an earlier test may leave while this one runs.
  const heard: string[] = [];
  seen = heard;
  server = await openServer(
    { pipe: name, hidden: false, password: 'secret' },
    {
      joined: (sink, hello, text) => {
        heard.push(`${text.replace(/ at .*/, '')} ${hello.lines} ${hello.breaks}`);
        sink.write(Buffer.from('welcome'));
      },
      typed: (client, text) => heard.push(`${client}: ${text}`),
      breaks: (client) => heard.push(`${client} breaks`),
      left: (client) => heard.push(`${client} left`),
    },
  );
});

afterEach(async () => {
  vi.useRealTimers();
  await server.close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function connected(): Promise<Socket> {
  const socket = connect(pipePath(name));
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.on('connect', resolve));
  return socket;
}

function closed(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => socket.on('close', () => resolve()));
}

async function joined(more: object = {}): Promise<Socket> {
  const socket = await connected();
  const welcome = new Promise<void>((resolve) => socket.once('data', () => resolve()));
  socket.write(encodeFrame('H', JSON.stringify({ user: 'LAB\\me', password: 'secret', breaks: false, ...more })));
  await welcome;
  return socket;
}

const hello = (what: unknown): Buffer => encodeFrame('H', typeof what === 'string' ? what : JSON.stringify(what));
const tooLong = Buffer.from([0x48, 0xff, 0xff, 0xff, 0x7f]);

describe('a debugging server', () => {
  it.each([
    ['no JSON', hello('{')],
    ['null', hello('null')],
    ['a number', hello('5')],
    ['nothing', hello('')],
    ['no user', hello({})],
    ['a user that is no text', hello({ user: { a: 1 }, breaks: false })],
    ['a negative number of lines', hello({ user: 'x', lines: -5, breaks: false })],
    ['lines that are no number', hello({ user: 'x', lines: 'abc', breaks: false })],
    ['a user of a megabyte', hello({ user: 'A'.repeat(1_000_000), breaks: false })],
    ['a length of two gigabytes', tooLong],
    ['a line before the hello', encodeFrame('L', 'bc *')],
    ['a break-in before the hello', encodeFrame('B')],
    ['rubbish', Buffer.alloc(3000, 0xa7)],
  ])('closes a connection that says %s, and goes on', async (_what, bytes) => {
    const other = await joined();
    const socket = await connected();
    const end = closed(socket);
    socket.write(bytes);
    await end;
    other.write(encodeFrame('L', 'bl'));
    await vi.waitFor(() =>
      expect(seen).toEqual(['LAB\\me (npipe 1) connected undefined false', 'LAB\\me (npipe 1): bl']),
    );
    other.destroy();
  });

  it('refuses a wrong password, and reads nothing more of that connection', async () => {
    const socket = await connected();
    const end = closed(socket);
    const wrong = hello({ user: 'x', password: 'wrong', breaks: true });
    socket.write(Buffer.concat([wrong, hello({ user: 'x', password: 'secret', breaks: true })]));
    await end;
    expect(seen).toEqual([]);
  });

  it('closes a connection that says nothing for 10 s, and no client that is silent', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const client = await joined();
    const silent = await connected();
    await vi.advanceTimersByTimeAsync(9000);
    expect(silent.closed).toBe(false);
    const end = closed(silent);
    await vi.advanceTimersByTimeAsync(1500);
    await end;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.clients()).toEqual(['LAB\\me (npipe 1)']);
    client.destroy();
  });

  it('takes the lines of a client one by one, and ends it at what is no frame of a client', async () => {
    const client = await joined({ lines: 5, breaks: true });
    client.write(Buffer.concat([encodeFrame('L', '.echo a\nbc *'), encodeFrame('B'), encodeFrame('K')]));
    await closed(client);
    await vi.waitFor(() => expect(seen).toHaveLength(4));
    expect(seen).toEqual([
      'LAB\\me (npipe 1) connected 5 true',
      'LAB\\me (npipe 1): .echo a bc *',
      'LAB\\me (npipe 1) breaks',
      'LAB\\me (npipe 1) left',
    ]);
  });

  it('shows nobody control characters in the name of a client', async () => {
    const client = await joined({ user: 'a\u001b[2J\nb' });
    expect(server.clients()).toEqual(['a\ufffd[2J\ufffdb (npipe 1)']);
    client.destroy();
  });

  it('closes although a client does not go', async () => {
    const client = await joined();
    client.pause();
    await server.close();
    client.destroy();
  });
});
