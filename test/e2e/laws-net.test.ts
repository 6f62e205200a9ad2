import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { freePort } from '../free-port.js';
import { Laptop, type Run, WINDOWS } from './harness.js';

const IMAGES = fileURLToPath(new URL('../../fixtures/images/x64', import.meta.url));
const SCRIPTS = fileURLToPath(new URL('../../fixtures/targets', import.meta.url));
const KEY = 'k1e2y3.a.b.c';
const ENV = { LIVEDEBUG_KDNET: `key=${KEY}` };

/** A laptop on a network, for one test. */
class Desk {
  private constructor(
    readonly laptop: Laptop,
    readonly port: number,
  ) {}

  static async set(finished: (close: () => Promise<void>) => void): Promise<Desk> {
    const laptop = new Laptop();
    finished(() => laptop.close());
    return new Desk(laptop, await freePort());
  }

  /** A simulated target that asks this host for a debugger. */
  async target(...more: string[]): Promise<Run> {
    const words = ['simulate', 'target', '--listen', `net:port=${this.port}`, '--connect', '127.0.0.1'];
    const books = more.includes('--books') ? [] : ['--books', this.laptop.booksFile];
    const run = this.laptop.run([...words, ...books, '--hits-per-second', '20', ...more], ENV);
    await run.sees('asks UDP');
    return run;
  }

  session(...more: string[]): Run {
    const words = ['start', '--tag', 'Ddk', '--kd', 'builtin', '--port', `net:port=${this.port}`, '--symbols', IMAGES];
    return this.laptop.run([...words, '--break', 'now', ...more], ENV);
  }

  /** A session that has collected some hits. */
  async collecting(): Promise<Run> {
    const run = this.session();
    await run.sees('Collecting.');
    await this.hits(3);
    return run;
  }

  /** Waits for so many hits from now on. */
  async hits(more: number): Promise<void> {
    const { hits } = this.laptop.books();
    await this.laptop.until(() => this.laptop.books().hits >= hits + more);
  }

  async releases(run: Run): Promise<void> {
    await run.interrupt();
    expect(await run.ended, run.err).toBe(130);
    await this.expectFree();
  }

  /**
   * The laws: it runs, nothing is left in it, its books have no complaint, and nobody has written the key down.
   * @param killed somebody has killed the kd of the target, at a hit perhaps: that is no violation of ours
   */
  async expectFree(killed = false): Promise<void> {
    const { laptop } = this;
    await laptop.until(() => laptop.books().target.state === 'running');
    if (killed) {
      const { violations, target } = laptop.books();
      expect(violations.filter(({ kind }) => !kind.startsWith('exit-'))).toEqual([]);
      expect(target).toMatchObject({ state: 'running', breakpoints: 0 });
    } else laptop.expectFree();
    for (const name of readdirSync(laptop.home, { recursive: true, encoding: 'utf8' })) {
      const file = path.join(laptop.home, name);
      if (statSync(file).isFile()) expect(readFileSync(file, 'latin1').includes(KEY), name).toBe(false);
    }
  }
}

describe.concurrent('the laws over KDNET', { timeout: 90_000 }, () => {
  it('arms, collects and releases', async ({ onTestFinished }) => {
    const desk = await Desk.set(onTestFinished);
    await desk.target();
    const run = desk.session('--max-hits', '20');
    expect(await run.ended, run.err).toBe(0);
    expect(run.err).toContain('Armed at nt!MmAllocateSpecialPool');
    expect(run.err).not.toContain(KEY);
    await desk.expectFree();
  });

  it('releases on Ctrl+C, with datagrams lost and doubled', async ({ onTestFinished }) => {
    const desk = await Desk.set(onTestFinished);
    await desk.target('--fault', 'lose=0.03,double=0.03');
    await desk.releases(await desk.collecting());
  });

  it('arms again by itself after a reboot', async ({ onTestFinished }) => {
    const desk = await Desk.set(onTestFinished);
    await desk.target('--script', path.join(SCRIPTS, 'reboots.toml'));
    const run = desk.session();
    await run.sees(/Armed at[\s\S]*Armed at/);
    await desk.releases(run);
  });

  it('goes on with a fresh kd when the first one is killed', async ({ onTestFinished }) => {
    const desk = await Desk.set(onTestFinished);
    await desk.target();
    const run = await desk.collecting();
    desk.laptop.signalKd('SIGKILL', true);
    await run.sees(/Armed at[\s\S]*Armed at/);
    await run.interrupt();
    expect(await run.ended, run.err).toBe(130);
    await desk.expectFree(true);
  });

  // On Windows the supervisor of kd frees the target by itself.
  it.skipIf(WINDOWS)('is freed by a rescue when session and kd are killed', async ({ onTestFinished }) => {
    const desk = await Desk.set(onTestFinished);
    await desk.target();
    const run = await desk.collecting();
    run.signal('SIGKILL');
    desk.laptop.signalKd('SIGKILL', true);
    await run.ended;
    const lost = desk.laptop.run(['rescue', '--kd', 'builtin'], { LIVEDEBUG_KDNET: '' });
    expect(await lost.ended, lost.err).toBe(20);
    expect(lost.err).toContain('--port net:port=50000 with the key of KDNET in LIVEDEBUG_KDNET');
    const rescue = desk.laptop.run(['rescue', '--kd', 'builtin'], ENV);
    expect(await rescue.ended, rescue.err).toBe(0);
    await desk.expectFree(true);
  });

  it.skipIf(WINDOWS).for([1300, 6000])('gets over a host that sleeps for %i ms', async (ms, { onTestFinished }) => {
    const desk = await Desk.set(onTestFinished);
    await desk.target();
    const run = await desk.collecting();
    for (const signal of ['SIGSTOP', 'SIGCONT'] as const) {
      desk.laptop.signalKd(signal);
      run.signal(signal);
      if (signal === 'SIGSTOP') await pause(ms);
    }
    await desk.hits(3);
    await desk.releases(run);
  });

  it('says 20 when the target is gone', async ({ onTestFinished }) => {
    const desk = await Desk.set(onTestFinished);
    const machine = await desk.target();
    const run = await desk.collecting();
    machine.signal('SIGKILL');
    await machine.ended;
    await run.interrupt();
    expect(await run.ended, run.err).toBe(20);
    expect(run.err).toContain('livedebug rescue');
    expect(desk.laptop.record()).toMatchObject({ exit_code: 20, armed: true });
  });

  it('names a second target with the same key in the log, and does not obey it', async ({ onTestFinished }) => {
    const desk = await Desk.set(onTestFinished);
    await desk.target();
    const run = await desk.collecting();
    const other = path.join(desk.laptop.folder, 'other-books.json');
    // Another seed makes it another machine.
    await desk.target('--books', other, '--seed', '2');
    await desk.laptop.until(() => desk.laptop.log().includes('A second target with the same key'));
    await desk.hits(3);
    await desk.releases(run);
    expect(JSON.parse(readFileSync(other, 'utf8'))).toMatchObject({ breaks: 0, target: { breakpoints: 0 } });
  });
});
