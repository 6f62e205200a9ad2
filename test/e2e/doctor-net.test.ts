import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { RECORD } from '../../src/cli/record-schema.js';
import { endProcess } from '../end-process.js';
import { freePort } from '../free-port.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const KEY = 'key=1.2.3.4';
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A simulated target that asks this host every 3 s. */
async function target(port: number): Promise<void> {
  const words = ['simulate', 'target', '--listen', `net:port=${port}`, '--connect', '127.0.0.1'];
  const child = spawn(process.execPath, [main, ...words], {
    env: { ...process.env, LIVEDEBUG_KDNET: KEY },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  ends.push(() => endProcess(child, 'SIGINT'));
  for await (const text of child.stderr) if (String(text).includes('A session at it')) break;
}

/** The finding of `doctor` about the port. */
function doctor(port: string, listen: string): Record<string, unknown> {
  const words = ['doctor', '--kd', 'builtin', '--port', port, '--listen', listen, '--json'];
  const { stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    encoding: 'utf8',
    env: { ...process.env, LIVEDEBUG_KDNET: KEY },
  });
  expect(`${stdout}${stderr}`).not.toMatch(/1\.2\.3\.4|9\.9\.9\.9/);
  const records = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const record of records) RECORD.parse(record);
  return records.find(({ name }) => name === 'port') ?? {};
}

describe('doctor --port net:', { timeout: 60_000 }, () => {
  it('tells a target with the key from one with another, and from silence', async () => {
    const port = await freePort();
    await target(port);
    expect(doctor(`net:port=${port}`, '30s')).toMatchObject({
      ok: true,
      text: expect.stringMatching(/^A target with this key asks for this host: 127\.0\.0\.1:\d+\.$/),
      heard: { targets: [{ address: '127.0.0.1', pokes: 1 }], other_key: [] },
    });
    // It is heard and answered by nobody, so it asks on: after a datagram that nobody took it may need a second try.
    expect(doctor(`net:port=${port},key=9.9.9.9`, '8s')).toMatchObject({
      ok: false,
      text: 'A target asks for this host with another key: 127.0.0.1.',
      heard: { targets: [], other_key: ['127.0.0.1'] },
    });
    expect(doctor(`net:port=${await freePort()}`, '200ms')).toMatchObject({
      ok: false,
      text: expect.stringMatching(/^No target has asked at UDP port \d+ in 0\.2 s\.$/),
      remedy: expect.stringMatching(/firewall|Firewall/),
    });
  });

  it('says that another program has the port', async () => {
    const socket = createSocket({ type: 'udp6', ipv6Only: false });
    await new Promise<void>((resolve) => socket.bind(0, resolve));
    ends.push(() => socket.close());
    const { port } = socket.address();
    expect(doctor(`net:port=${port}`, '200ms')).toMatchObject({
      ok: false,
      text: expect.stringContaining(`UDP port ${port} of this host`),
      remedy: expect.stringContaining('Another debugger waits there'),
    });
  });
});
