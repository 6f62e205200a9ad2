import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Laptop, type Run } from '../e2e/harness.js';
import { CLOSE_MS, closeConsole } from './close-console.js';

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

/** As long as `SAME_PRESS_MS` of the session is over for certain: a second press is a second press. */
const BETWEEN_PRESSES_MS = 400;

async function collecting(scenario = 'fast'): Promise<Run> {
  const words = ['start', '--tag', 'Ddk', '--kd', `sim:${scenario}`, '--port', 'com1', '--baud', '115200'];
  const session = laptop.run(words);
  await session.sees('Collecting.');
  return session;
}

/** Presses Ctrl+C in the console of a program, so many times in one moment. */
async function pressCtrlC(run: Run, times: number): Promise<void> {
  const script = fileURLToPath(new URL('stand-ins/press-ctrl-c.mjs', import.meta.url));
  const words = [script, String(run.child.pid), String(times)];
  const [exitCode] = await once(spawn(process.execPath, words, { windowsHide: true, stdio: 'ignore' }), 'close');
  expect(exitCode).toBe(0);
}

/** Closes the window of a program: Windows waits a while for it, and ends it then. @returns whether Windows had to */
async function closeWindow(run: Run): Promise<boolean> {
  await closeConsole(run.child.pid ?? 0);
  let had = false;
  const limit = setTimeout(() => {
    had = true;
    run.signal('SIGKILL');
  }, CLOSE_MS);
  await run.ended;
  clearTimeout(limit);
  return had;
}

describe.skipIf(process.platform !== 'win32')('what people do to a session on Windows', () => {
  it('a console that is closed ends with a release, or with a rescue where Windows does not wait for that', async () => {
    const session = await collecting();
    const killed = await closeWindow(session);
    expect(session.err).toContain('Ending: the terminal was closed.');
    if (!killed) expect(laptop.record()).toMatchObject({ disposition: 'running', exit_code: 130 });
    else await laptop.until(() => laptop.books().target.breakpoints === 0 && laptop.books().target.state === 'running');
    laptop.expectFree();
  });

  it('two Ctrl+C in one moment are one: the target is released', async () => {
    const session = await collecting();
    await pressCtrlC(session, 2);
    expect(await session.ended, session.err).toBe(130);
    laptop.expectFree();
  });

  it('a second Ctrl+C leaves at once, and says how the target is freed', async () => {
    const session = await collecting('kd-hang');
    await laptop.until(() => laptop.books().hits >= 5);
    await session.interrupt();
    await session.sees('Releasing the target.');
    await pause(BETWEEN_PRESSES_MS);
    await session.interrupt();
    expect(await session.ended, session.err).toBe(20);
    expect(session.err).toContain('THE TARGET MAY');
    expect(session.err).toContain('livedebug rescue');
  });

  it('a viewer that is killed leaves the session alone', async () => {
    const session = await collecting();
    const viewer = laptop.run(['attach']);
    await viewer.sees('RetAddr');
    viewer.signal('SIGKILL');
    await viewer.ended;
    const before = laptop.books().hits;
    await laptop.until(() => laptop.books().hits > before);
    await session.interrupt();
    expect(await session.ended, session.err).toBe(130);
    laptop.expectFree();
  });
});
