import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkPipeDirectory } from '../../src/platform/pipes/pipe-path.js';
import { Laptop } from './harness.js';

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

async function collecting(scenario = 'fast'): Promise<ReturnType<Laptop['start']>> {
  const session = laptop.start(scenario);
  await session.sees('Collecting.');
  return session;
}

// POSIX signals; the Windows tier has its own.
describe.skipIf(process.platform === 'win32')('what people do to a session', () => {
  it.each([
    ['a terminal that is closed', ['SIGHUP', 'SIGHUP'], 130],
    ['an impatient service manager', ['SIGTERM', 'SIGTERM', 'SIGTERM'], 143],
    ['one Ctrl+C that a program in between passes on once more', ['SIGINT', 'SIGINT'], 130],
  ] as const)('%s ends with a release', async (_who, signals, exitCode) => {
    const session = await collecting();
    for (const signal of signals) session.signal(signal);
    expect(await session.ended, session.err).toBe(exitCode);
    laptop.expectFree();
  });

  it('a session that is stopped is told of by every command within 3 s, and releases when it goes on', {
    timeout: 60_000,
  }, async () => {
    const session = await collecting();
    session.signal('SIGSTOP');
    const asked = ['status', 'stop', 'attach'].map((word) => [word, laptop.run([word])] as const);
    const began = performance.now();
    for (const [word, run] of asked) {
      expect(await run.ended, run.err).toBe({ status: 0, stop: 20, attach: 6 }[word]);
      expect(`${run.err}${run.out}`).toContain(`kill -CONT ${session.child.pid}`);
    }
    expect(performance.now() - began).toBeLessThan(15_000);
    session.signal('SIGCONT');
    expect(await session.ended, session.err).toBe(0);
    laptop.expectFree();
  });

  it('a rescue frees the target of a session that is stopped, and ends it: it would arm again', {
    timeout: 90_000,
  }, async () => {
    const session = await collecting();
    session.signal('SIGSTOP');
    const rescue = laptop.run(['rescue', '--kd', 'sim:fast']);
    expect(await rescue.ended, rescue.err).toBe(0);
    laptop.expectFree();
    await session.ended;
    const status = laptop.run(['status']);
    await status.ended;
    expect(status.out).toContain('No session is running');
  });

  it('a mistyped pipe stops nothing, and says so', async () => {
    const session = await collecting();
    const stop = laptop.run(['stop', '--pipe', 'typo']);
    expect(await stop.ended).toBe(2);
    expect(stop.err).toContain(laptop.pipe);
    session.signal('SIGINT');
    expect(await session.ended).toBe(130);
  });

  it('nothing but a person lets a crashed target go; it stays on the list until somebody says that it runs', {
    timeout: 90_000,
  }, async () => {
    const session = laptop.start('bugcheck');
    await session.sees('BUG CHECK');
    session.signal('SIGTERM');
    expect(await session.ended, session.err).toBe(20);
    expect(session.err).toContain('--finish-crash');
    const { command_log } = laptop.books() as unknown as { command_log: string[] };
    expect(command_log.filter((command) => /;g$/.test(command))).toHaveLength(1);
    const status = laptop.run(['status', '--json']);
    await status.ended;
    const run = /"run":"([^"]+)"/.exec(status.out)?.[1] ?? '';
    expect(await laptop.run(['status', '--forget', 'nobody']).ended).toBe(2);
    expect(await laptop.run(['status', '--forget', run]).ended).toBe(0);
    const after = laptop.run(['status']);
    await after.ended;
    expect(after.out).toContain('No session is running');
  });
});

describe.skipIf(process.platform === 'win32')('the folder of the pipes', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pipes '));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const check = (name: string): void => checkPipeDirectory({ LIVEDEBUG_PIPE_DIR: path.join(folder, name) });

  it('is made for its owner alone, and closed where others may write', () => {
    check('made');
    expect(statSync(path.join(folder, 'made')).mode & 0o777).toBe(0o700);
    chmodSync(path.join(folder, 'made'), 0o777);
    check('made');
    expect(statSync(path.join(folder, 'made')).mode & 0o777).toBe(0o700);
  });

  it('is no link, wherever it leads', () => {
    symlinkSync(folder, path.join(folder, 'link'));
    symlinkSync(path.join(folder, 'nowhere'), path.join(folder, 'dangling'));
    for (const name of ['link', 'dangling'])
      expect(() => check(name)).toThrowError(expect.objectContaining({ code: 'pipe-directory', exitCode: 3 }));
  });
});
