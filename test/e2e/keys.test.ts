import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import stringWidth from 'string-width';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Laptop } from './harness.js';
import { MAIN } from './run.js';
import { HAS_TERMINALS, Terminal } from './terminal.js';

if (!HAS_TERMINALS) process.stdout.write('SKIPPED: keys at a terminal: there is no util-linux `script` here\n');

const CTRL_C = '\x03';
const CTRL_Z = '\x1a';
const words = ['start', '--tag', 'Ddk', '--kd', 'sim:fast', '--port', 'com1', '--baud', '115200'];
const started = (...more: string[]): string => Terminal.command([process.execPath, MAIN, ...words, ...more]);
const collecting = (laptop: Laptop, columns?: number): Terminal =>
  laptop.terminal(started('--break', 'connected'), columns);

/** The status lines among all that was shown. */
function statusLines(out: string): string[] {
  const shown = out.split(/\r\n|\r/).map((line) => line.replaceAll(/\x1b\[[\d;?]*[A-Za-z]/g, ''));
  return shown.filter((line) => /^(?:collecting|arming|waiting|breaking|releasing)\b/.test(line));
}

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

describe.skipIf(!HAS_TERMINALS)('keys at a terminal', () => {
  it('Enter breaks in, to arm: the main path', async () => {
    const terminal = laptop.terminal(started());
    await terminal.sees('press Enter to break in');
    expect(laptop.books().breaks).toBe(0);
    terminal.press('\r');
    await terminal.sees('Collecting.');
    terminal.press(CTRL_C);
    expect(await terminal.ended, terminal.screen).toBe(130);
    laptop.expectFree();
  });

  it('? shows them, s what is known so far, and q asks once more before it releases', async () => {
    const terminal = collecting(laptop);
    await terminal.sees('Collecting.');
    terminal.press('?');
    await terminal.sees('release the target and end (twice');
    await laptop.until(() => laptop.books().hits >= 10);
    terminal.press('s');
    await terminal.sees(/mydrv .*through|mydrv made|Drivers/);
    terminal.press('q');
    await terminal.sees('Press q once more to release it and end.');
    // Another key in between takes it back.
    terminal.press('?');
    terminal.press('q');
    await terminal.sees(/once more to release[\s\S]*once more to release/);
    expect(laptop.books().target.breakpoints).toBe(1);
    terminal.press('q');
    expect(await terminal.ended, terminal.screen).toBe(0);
    expect(laptop.record()).toMatchObject({ reason: 'released by the operator' });
    laptop.expectFree();
  });

  it('b breaks in to an armed target after a second press, and it is armed again', async () => {
    const terminal = collecting(laptop);
    await terminal.sees('Collecting.');
    const { breaks } = laptop.books();
    terminal.press('b');
    await terminal.sees('Press b once more');
    expect(laptop.books().breaks).toBe(breaks);
    terminal.press('b');
    await laptop.until(() => laptop.books().breaks === breaks + 1);
    await laptop.until(() => laptop.books().target.state === 'running' && laptop.books().target.breakpoints === 1);
    terminal.press(CTRL_C);
    expect(await terminal.ended, terminal.screen).toBe(130);
    laptop.expectFree();
  });

  it('what was pasted into the wrong window does nothing', async () => {
    const terminal = laptop.terminal(started());
    await terminal.sees('press Enter to break in');
    terminal.press('a quick brown fox jumps\rover a lazy dog, qq bb\r');
    // What is pressed in the same moment belongs to the paste.
    await laptop.until(() => {
      terminal.press('?');
      return terminal.screen.includes('Keys:');
    });
    expect(laptop.books().breaks).toBe(0);
    terminal.press(CTRL_C);
    expect(await terminal.ended, terminal.screen).toBe(130);
    expect(laptop.books().breaks).toBe(0);
    laptop.expectFree();
  });

  it.each([
    ['q', 'qq', 0],
    ['Ctrl+C', CTRL_C, 130],
  ])('the terminal is as it was after %s', async (_, keys, exitCode) => {
    const terminal = laptop.terminal(`stty -g; ${started('--break', 'connected')}; code=$?; stty -g; exit $code`);
    await terminal.sees('Collecting.');
    terminal.press(keys);
    expect(await terminal.ended, terminal.screen).toBe(exitCode);
    const modes = terminal.screen.match(/^[0-9a-f:]{40,}$/gm);
    expect(modes).toHaveLength(2);
    expect(modes?.[1]).toBe(modes?.[0]);
    laptop.expectFree();
  });

  it('the terminal is as it was after a SIGTERM', async () => {
    const terminal = laptop.terminal(`stty -g; ${started('--break', 'connected')}; code=$?; stty -g; exit $code`);
    await terminal.sees('Collecting.');
    process.kill((laptop.record() as { pid: number }).pid, 'SIGTERM');
    expect(await terminal.ended, terminal.screen).toBe(143);
    const modes = terminal.screen.match(/^[0-9a-f:]{40,}$/gm);
    expect(modes?.[1]).toBe(modes?.[0]);
    laptop.expectFree();
  });

  it('Ctrl+Z gives the terminal back to the shell, and fg takes it again', async () => {
    const terminal = laptop.terminal('PS1="READY " exec bash --norc --noprofile -i');
    await terminal.sees('READY');
    terminal.press(`${started('--break', 'connected')}\r`);
    await terminal.sees('Collecting.');
    terminal.press(CTRL_Z);
    await terminal.sees('Stopped');
    // A program in raw mode would have left no echo and no line editing to programs that follow.
    terminal.press('stty -a | tr ";" "\\n" | grep -o " icanon.*"\r');
    await terminal.sees(/ icanon/);
    terminal.press('fg\r');
    await terminal.sees(/Stopped[\s\S]*collecting/);
    terminal.press('qq');
    await terminal.sees('Target: running, without a breakpoint');
    laptop.expectFree();
    terminal.press('exit\r');
    await terminal.ended;
  });

  it('a session in the background reads no keys, and ends by itself', async () => {
    const terminal = laptop.terminal('PS1="READY " exec bash --norc --noprofile -i');
    await terminal.sees('READY');
    terminal.press(`${started('--break', 'connected', '--max-hits', '10')} &\r`);
    await terminal.sees('Target: running, without a breakpoint');
    expect(terminal.screen).not.toMatch(/Stopped/);
    laptop.expectFree();
    terminal.press('exit\r');
    await terminal.ended;
  });

  it('q leaves a viewer, and the session goes on; stop, typed, releases it', async () => {
    const session = laptop.start('fast');
    await session.sees('Collecting.');
    const attach = Terminal.command([process.execPath, MAIN, 'attach']);
    const viewer = laptop.terminal(attach);
    await viewer.sees('RetAddr');
    viewer.press('q');
    expect(await viewer.ended, viewer.screen).toBe(0);
    const { hits } = laptop.books();
    await laptop.until(() => laptop.books().hits > hits);
    const second = laptop.terminal(attach);
    await second.sees('RetAddr');
    second.press('stop\r');
    expect(await session.ended, session.err).toBe(0);
    await second.ended;
    laptop.expectFree();
  });

  it.each([80, 60])('the status line fits a terminal of %i columns', async (columns) => {
    const terminal = collecting(laptop, columns);
    await terminal.sees('Collecting.');
    await laptop.until(() => laptop.books().hits >= 20);
    await terminal.sees(/collecting, halted/);
    terminal.press(CTRL_C);
    expect(await terminal.ended, terminal.screen).toBe(130);
    const status = statusLines(terminal.out);
    expect(status.length).toBeGreaterThan(0);
    for (const line of status) expect(stringWidth(line), line).toBeLessThan(columns);
    laptop.expectFree();
  });

  it('the status line survives a terminal that becomes narrower', async () => {
    const terminal = collecting(laptop);
    await terminal.sees('Collecting.');
    await terminal.sees(/collecting, halted.*\| \d+ hits/);
    const tty = readlinkSync(`/proc/${(laptop.record() as { pid: number }).pid}/fd/0`);
    const before = terminal.out.length;
    expect(spawnSync('stty', ['-F', tty, 'cols', '50']).status).toBe(0);
    const after = (): string => terminal.out.slice(before);
    // The old line took two rows: both are cleared.
    await laptop.until(() => after().includes('\x1b[1A\x1b[J'));
    const since = after().slice(after().indexOf('\x1b[1A\x1b[J')).length;
    await laptop.until(() => after().length > since + 300);
    for (const line of statusLines(terminal.out.slice(-since))) expect(stringWidth(line), line).toBeLessThan(50);
    terminal.press(CTRL_C);
    expect(await terminal.ended, terminal.screen).toBe(130);
    laptop.expectFree();
  });
});
