import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { preflightPort } from '../../src/serial/preflight.js';
import { Laptop } from '../e2e/harness.js';

// The Windows tier names ports that are there and free: one below and one above COM9.
const ports = (process.env.LIVEDEBUG_TEST_COM ?? '').split(',').filter((port) => port !== '');

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

async function records(...words: string[]): Promise<Record<string, unknown>[]> {
  const run = laptop.run([...words, '--json']);
  await run.ended;
  return run.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe.skipIf(ports.length === 0)('serial ports of this Windows', () => {
  it('are listed with the names that Windows shows', async () => {
    const listed = await records('ports');
    for (const port of ports)
      expect(listed).toContainEqual({ v: 1, event: 'port', path: port, description: `Test Port (${port})` });
    expect(listed.filter(({ path }) => path === ports[0])).toHaveLength(1);
    expect(listed.at(-1)).toMatchObject({ event: 'result', exit_code: 0, ports: listed.length - 1 });
  });

  it('are there and free for kd, in every spelling that kd takes, and again afterwards', async () => {
    for (const port of ports)
      for (const spelling of [port, port.toLowerCase(), `\\\\.\\${port}`])
        await expect(preflightPort(spelling, 115200), spelling).resolves.toBeUndefined();
  });

  it('are found fit by the doctor', async () => {
    for (const port of ports) {
      const findings = await records('doctor', '--kd', process.execPath, '--port', port, '--baud', '19200');
      expect(findings).toContainEqual(expect.objectContaining({ name: 'port', ok: true }));
    }
  });

  it('that are not there end a start with 3, before kd', async () => {
    const words = ['start', '--tag', 'Ddk', '--kd', process.execPath, '--port', 'com99'];
    const run = laptop.run(words);
    expect(await run.ended, run.err).toBe(3);
    expect(run.err).toContain('com99');
    expect(run.err).toContain(ports[0]);
  });
});
