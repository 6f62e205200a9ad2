import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Laptop, type Run } from './harness.js';

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

describe('law 3: every byte that kd prints is on disk before anything acts on it', () => {
  it('holds for everything a session says of kd’s text, at the moment it says it', async () => {
    const run = laptop.start('demo', '--max-hits', '40', '--json');
    let looked = 0;
    let rest = '';
    run.child.stdout?.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const record = JSON.parse(line) as { event: string; kind?: string; text?: string };
        if (record.event !== 'kd-says' || record.kind !== 'exception') continue;
        expect(laptop.log()).toContain(record.text);
        looked++;
      }
    });
    expect(await run.ended, run.err).toBe(0);
    // Armed, and again after a reboot; the last break-in meets a hit, of which kd tells nothing.
    expect(looked).toBeGreaterThanOrEqual(2);
    laptop.expectFree();
  });

  it('holds when the program is killed: debug.log is what kd’s own log begins with', async () => {
    const run = laptop.start('fast');
    await run.sees('Collecting.');
    await laptop.until(() => laptop.books().hits > 10);
    run.signal('SIGKILL');
    await run.ended;
    const log = laptop.log();
    const told = laptop.events().filter(({ event }) => event === 'armed');
    expect(told).toHaveLength(1);
    expect(log).toContain('";kb;g"');
    const kdLines = new Set(readFileSync(path.join(laptop.runDirectory(), 'kd.log'), 'latin1').split('\n'));
    const whole = log
      .split('\n')
      .slice(0, -1)
      .map((line) => line.replace(/^(?:(?:\d+: )?kd> )+/, ''));
    expect(whole.filter((line) => line !== '' && !kdLines.has(line))).toEqual([]);
    await laptop.rescued();
    laptop.expectFree();
  });
});

describe('law 1, when the program itself fails', () => {
  it('says 20 with the steps, and the steps work', async () => {
    const failNow = path.join(laptop.folder, 'fail now');
    const fail = `
      import { existsSync } from 'node:fs';
      if (process.argv[2] === 'start') setInterval(() => {
        if (existsSync(${JSON.stringify(failNow)})) throw new Error('a test of failing');
      }, 20);`;
    const run = laptop.run(['start', '--tag', 'Ddk', '--kd', 'sim:fast', '--break', 'connected'], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fail)}`,
    });
    await run.sees('Collecting.');
    writeFileSync(failNow, '');
    expect(await run.ended, run.err).toBe(20);
    expect(run.err).toContain('a test of failing');
    expect(run.err).toContain(`livedebug rescue --pipe ${laptop.pipe}`);
    await laptop.rescued('--pipe', laptop.pipe);
    laptop.expectFree();
  });
});

describe('a debugging server that is not ours', () => {
  const server = (): Run =>
    laptop.run(['simulate', 'kd', '-server', `npipe:pipe=${laptop.pipe}-lab`, '-k', 'com:port=com1,baud=115200'], {
      LIVEDEBUG_SIM_SCENARIO: 'fast',
    });
  const attach = (...more: string[]): Run =>
    laptop.run(['attach', '--pipe', `${laptop.pipe}-lab`, '--kd', 'sim', '--tag', 'Ddk', ...more]);

  it('is joined, armed, and released; it lives on', async () => {
    const kd = server();
    await kd.sees('Kernel Debugger connection established.');
    const session = attach('--break', 'connected', '--max-hits', '6');
    expect(await session.ended, session.err).toBe(0);
    laptop.expectFree();
    expect(kd.child.exitCode).toBeNull();
    kd.child.stdin?.write('\x02\n');
    await kd.ended;
  });

  it('is joined again by itself when its pipe comes back, and armed again', async () => {
    const first = server();
    await first.sees('Kernel Debugger connection established.');
    const session = attach('--break', 'connected');
    await session.sees('Collecting.');
    first.signal('SIGKILL');
    await first.ended;
    await session.sees('joined again as soon as it is back');
    const second = server();
    await laptop.until(() => (session.err.match(/Armed at/g) ?? []).length === 2);
    await session.interrupt();
    expect(await session.ended, session.err).toBe(130);
    expect(laptop.books().target).toMatchObject({ state: 'running', breakpoints: 0 });
    // What the books complain about is the kill of the first server, not the session.
    expect(laptop.books().violations.every(({ kind }) => kind.startsWith('killed'))).toBe(true);
    second.child.stdin?.write('\x02\n');
    await second.ended;
  });

  it('that is not there is missing: 3', async () => {
    const session = attach();
    expect(await session.ended, session.err).toBe(3);
  });
});
