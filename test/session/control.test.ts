import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pipePath } from '../../src/platform/pipes/pipe-path.js';
import { type ControlRequest, type ControlServer, connectControl, serveControl } from '../../src/session/control.js';

let directory: string;
let server: ControlServer;
let requests: ControlRequest[];

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'control '));
  vi.stubEnv('LIVEDEBUG_PIPE_DIR', directory);
  requests = [];
  server = await serveControl('run', (request) => {
    requests.push(request);
    if (request.do === 'break') throw new Error('cannot');
    return { status: 'x'.repeat(1000) };
  });
});

afterEach(() => {
  server.close();
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

const connected = (): Promise<net.Socket> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(pipePath('control-run'), () => resolve(socket));
    socket.once('error', reject);
  });

/** What a well-behaved client is told now: whether the server still serves. */
async function expectServed(): Promise<void> {
  const client = await connectControl('run');
  client?.request({ do: 'status' });
  for await (const message of client?.messages ?? []) {
    expect(message.status).toBeDefined();
    client?.close();
    return;
  }
  expect.unreachable('the server does not answer');
}

it('goes on serving when a viewer closes with answers unread', async () => {
  for (let at = 0; at < 20; at++) {
    const socket = await connected();
    socket.write('{"do":"watch"}\n'.concat('{"do":"status"}\n'.repeat(300)));
    await vi.waitFor(() => expect(requests.length).toBeGreaterThan(0));
    socket.destroy();
    server.broadcast({ record: 'y'.repeat(1000) });
  }
  await expectServed();
});

it('answers a malformed request with an error and acts on none of it', async () => {
  const socket = await connected();
  let got = '';
  socket.on('data', (chunk) => {
    got += String(chunk);
  });
  const malformed = ['null', '5', '"x"', '[]', '{"do":{"a":1}}', '{"do":"__proto__"}', '{', '{"do":"release"}'];
  malformed.push('{"do":"release","reason":{"toString":1}}', `{"do":"release","reason":"${'x'.repeat(300)}"}`);
  socket.write(Buffer.concat([Buffer.from(`${malformed.join('\n')}\n`), Buffer.from([0xff, 0xfe, 0, 10])]));
  await vi.waitFor(() => expect(got.split('\n')).toHaveLength(malformed.length + 2));
  expect(
    got
      .split('\n')
      .slice(0, -1)
      .every((line) => JSON.parse(line).error !== undefined),
  ).toBe(true);
  expect(requests).toEqual([]);
  socket.destroy();
  await expectServed();
});

it('closes a connection that sends a line without an end', async () => {
  const socket = await connected();
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  socket.write('x'.repeat(1_000_000));
  await closed;
  await expectServed();
});

it('tells a peer what its request failed of', async () => {
  const client = await connectControl('run');
  client?.request({ do: 'break' });
  for await (const message of client?.messages ?? []) {
    expect(message.error).toContain('cannot');
    break;
  }
  client?.close();
  await expectServed();
});

it('takes control characters out of a reason that is given', async () => {
  const client = await connectControl('run');
  client?.request({ do: 'release', reason: '\u001b]0;title\u0007a colleague\u001b[2J asked\u009b31m' });
  await vi.waitFor(() => expect(requests).toHaveLength(1));
  expect(requests[0]).toEqual({ do: 'release', reason: '\ufffd]0;title\ufffda colleague\ufffd[2J asked\ufffd31m' });
  client?.close();
});
