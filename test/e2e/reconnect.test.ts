import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Laptop, portable, type Run, WINDOWS } from './harness.js';

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

async function statusOf(): Promise<Record<string, unknown>[]> {
  const run = laptop.run(['status', '--json']);
  expect(await run.ended).toBe(0);
  return run.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A session that collects, and a viewer of it. */
async function watched(...words: string[]): Promise<{ session: Run; viewer: Run }> {
  const session = laptop.start('fast');
  await session.sees('Collecting.');
  const viewer = laptop.run(['attach', ...words]);
  await viewer.sees(words.includes('--no-tail') ? 'Watching' : 'Args to Child');
  return { session, viewer };
}

describe('other terminals', () => {
  it('a detached session is watched, shown and stopped; stopping again is no error', async () => {
    const start = laptop.start('fast', '--detach');
    expect(await start.ended, start.err).toBe(0);
    const viewer = laptop.run(['attach']);
    await viewer.sees('Args to Child');
    const [session] = await statusOf();
    expect(session).toMatchObject({ event: 'session', standing: 'live', pipe: laptop.pipe, phase: 'collecting' });
    const stop = laptop.run(['stop']);
    expect(await stop.ended, stop.err).toBe(0);
    expect(await viewer.ended).toBe(0);
    laptop.expectFree();
    const again = laptop.run(['stop']);
    expect(await again.ended).toBe(0);
    expect(again.err).toContain('No session is running');
  });

  it('a viewer leaves on Ctrl+C, though somebody keeps its input open, and leaves the session alone', async () => {
    const { session, viewer } = await watched('--no-tail');
    await viewer.interrupt();
    expect(await viewer.ended).toBe(0);
    // A hit stands for a moment, so the books are asked until they say it.
    await expect.poll(() => laptop.books().target.state).toBe('running');
    await session.interrupt();
    expect(await session.ended, session.err).toBe(130);
    laptop.expectFree();
  });

  it('a viewer that is killed takes nothing along', async () => {
    const { session, viewer } = await watched();
    viewer.signal('SIGKILL');
    await viewer.ended;
    const { hits } = laptop.books();
    await laptop.until(() => laptop.books().hits > hits + 3);
    await session.interrupt();
    expect(await session.ended, session.err).toBe(130);
    laptop.expectFree();
  });

  it('a viewer that types stop releases the target', async () => {
    const { session, viewer } = await watched('--no-tail');
    viewer.child.stdin?.write('stop\n');
    expect(await viewer.ended).toBe(0);
    expect(await session.ended).toBe(0);
    laptop.expectFree();
  });
});

// On Windows the supervisor of kd frees the target by itself before anybody can type: supervisor.test.ts.
describe.skipIf(WINDOWS)('after a controller was killed', () => {
  async function orphan(scenario: string): Promise<void> {
    const session = laptop.start(scenario);
    await session.sees('Collecting.');
    session.signal('SIGKILL');
    await session.ended;
    const [wreck] = await statusOf();
    expect(wreck).toMatchObject({ standing: 'orphaned' });
  }

  it('rescue frees the target through the pipe', async () => {
    await orphan('fast');
    const rescue = laptop.run(['rescue', '--kd', 'sim']);
    expect(await rescue.ended, rescue.err).toBe(0);
    laptop.expectFree();
    expect(await statusOf()).toEqual([expect.objectContaining({ event: 'result', sessions: 0 })]);
  });

  it('attach takes the session over: finds it armed, collects, releases', async () => {
    await orphan('fast');
    const attach = laptop.run([
      'attach',
      '--pipe',
      laptop.pipe,
      '--server',
      'localhost',
      '--kd',
      'sim',
      '--tag',
      'Ddk',
      '--max-hits',
      '8',
    ]);
    expect(await attach.ended, attach.err).toBe(0);
    laptop.expectFree();
  });

  it('rescue starts a fresh kd on the port when the old one is gone too', async () => {
    const session = laptop.start('fast');
    await session.sees('Collecting.');
    session.signal('SIGKILL');
    laptop.signalKd('SIGKILL');
    await session.ended;
    const rescue = laptop.run(['rescue', '--kd', 'sim:fast', '--port', 'com1', '--baud', '115200']);
    expect(await rescue.ended, rescue.err).toBe(0);
    expect(laptop.books().target).toMatchObject({ state: 'running', breakpoints: 0 });
    // The kill itself is what the books complain about, and nothing after it.
    expect(laptop.books().violations.every(({ kind }) => kind.startsWith('killed'))).toBe(true);
  });
});

// A shell script stands for a client here.
it.skipIf(WINDOWS)('rescue does not wait for a client that ended before it reached anything', async () => {
  const kd = path.join(laptop.folder, 'kd');
  writeFileSync(kd, '#!/bin/sh\nsleep 3\nexit 3\n', { mode: 0o755 });
  const rescue = laptop.run(['rescue', '--kd', kd, '--pipe', laptop.pipe]);
  expect(await rescue.ended, rescue.err).toBe(20);
  expect(rescue.err).toContain('Could not reach the target through the debugging server.');
  expect(rescue.err).not.toContain('The target of this server runs');
});

describe('pool-hit-tag', () => {
  portable('collects without a breakpoint and puts the tag back', async () => {
    const run = laptop.start('pool-hit-tag', '--strategy', 'pool-hit-tag', '--max-hits', '8');
    expect(await run.ended, run.err).toBe(0);
    laptop.expectFree();
    expect(laptop.books().command_log.some((line) => line.startsWith('ed nt!PoolHitTag 0x206b6444'))).toBe(true);
  });
});
