import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Laptop, type Run } from './harness.js';

// Whole sessions, several of which lose their kd and start another.
vi.setConfig({ testTimeout: 90_000 });

/** What Microsoft's kd of today does, and a session has to live with. */
let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

/** `start` at a line of another speed. */
function startAt(baud: number, scenario: string, ...more: string[]): Run {
  const words = ['start', '--tag', 'Ddk', '--kd', `sim:${scenario}`, '--port', 'com1', '--baud', String(baud)];
  return laptop.run([...words, ...more]);
}

/** Ends the session by Ctrl+C when the books hold so many hits. */
async function stopAfter(run: Run, hits: number): Promise<void> {
  await laptop.until(() => laptop.books().hits >= hits);
  await run.interrupt();
  expect(await run.ended, run.err).toBe(130);
}

/** Status, last words and the report of debug.log have one total, which is that of the books. @param lost hits that no log can show */
async function expectOneTotal(run: Run, lost = 0): Promise<void> {
  const { hits } = laptop.books();
  const result = laptop.events().at(-1) as { event: string; hits: number };
  expect(result.event).toBe('result');
  expect(result.hits).toBeGreaterThanOrEqual(hits - lost);
  expect(result.hits).toBeLessThanOrEqual(hits);
  expect(laptop.record().hits).toBe(result.hits);
  expect(run.err).toMatch(new RegExp(`^${result.hits} hits? in `, 'm'));
  const report = laptop.run(['report', path.join(laptop.runDirectory(), 'debug.log'), '--json']);
  expect(await report.ended, report.err).toBe(0);
  expect(JSON.parse(report.out)).toMatchObject({ hits: result.hits, repeats: 0 });
}

/** The halted time that is told is that of the books, within 20 % or 0.3 s. */
function expectHaltsTold(): void {
  const { halted_ms, hit_halt_ms } = laptop.events().at(-1) as { halted_ms: number; hit_halt_ms: number };
  const real = laptop.books().halted_ms;
  expect(Math.abs(halted_ms + hit_halt_ms - real), `told ${halted_ms} + ${hit_halt_ms}, was ${real}`).toBeLessThan(
    Math.max(300, real / 5),
  );
}

function presses(): number {
  return (laptop.books() as unknown as { presses: number }).presses;
}

describe('steady hits, and a kd that hears a break-in only in silence or at a stack', () => {
  for (const scenario of ['steady-hits', 'steady-hits-x86']) {
    it(`${scenario}: the first press releases`, async () => {
      const run = laptop.start(scenario, '--break', 'connected');
      await stopAfter(run, 8);
      laptop.expectFree();
      expect(presses()).toBe(2);
      expectHaltsTold();
      await expectOneTotal(run);
    });
  }

  for (const way of ['ctrl-f', 'client']) {
    it(`by ${way}: the first press releases`, { timeout: 90_000 }, async () => {
      const run = laptop.start('steady-hits', '--break', 'connected', '--break-by', way);
      await stopAfter(run, 8);
      laptop.expectFree();
      expect(presses()).toBe(2);
      await expectOneTotal(run);
    });
  }

  it('--max-hits: exact, by a burst that ends itself', async () => {
    const run = laptop.start('steady-hits', '--break', 'connected', '--max-hits', '7');
    expect(await run.ended, run.err).toBe(0);
    laptop.expectFree();
    expect(laptop.books().hits).toBe(7);
    await expectOneTotal(run);
  });

  it('cut-at-first-frame: the cut stack is a hit', async () => {
    const run = laptop.start('cut-at-first-frame', '--break', 'connected');
    await stopAfter(run, 8);
    laptop.expectFree();
    await expectOneTotal(run);
  });

  it('cut-before-header: a hit of which nothing is printed is one less at the most', async () => {
    const run = laptop.start('cut-before-header', '--break', 'connected');
    await stopAfter(run, 8);
    laptop.expectFree();
    // Behind a whole stack its place looks like that of the stack itself.
    await expectOneTotal(run, 1);
  });
});

describe('a target that kd has not seen boot', () => {
  for (const scenario of ['nt-only', 'nt-only-x86']) {
    it(`${scenario}: the module list is read, announced, and counted among the halts`, {
      timeout: 90_000,
    }, async () => {
      const run = laptop.start(scenario, '--break', 'now');
      await stopAfter(run, 6);
      laptop.expectFree();
      expect(laptop.books().command_log).toContain('.reload /n');
      expect(run.err).toMatch(/reading the module list \(\.reload\), about 57\.8 kB, 6\.3 s on this line/);
      expect(run.err).toMatch(/Most of them: (?:mydrv|netflt) /);
      expectHaltsTold();
      await expectOneTotal(run);
    });
  }

  it.each([
    ['--no-reload', ['--no-reload'], {}, undefined],
    ['LIVEDEBUG_RELOAD=false', [], { LIVEDEBUG_RELOAD: 'false' }, undefined],
    ['reload = false in livedebug.toml', [], {}, 'reload = false\n'],
  ])('%s leaves it out', { timeout: 90_000 }, async (_, flags, env, file) => {
    if (file !== undefined) writeFileSync(path.join(laptop.folder, 'livedebug.toml'), file);
    const words = ['start', '--tag', 'Ddk', '--kd', 'sim:nt-only', '--port', 'com1', '--baud', '115200'];
    const run = laptop.run([...words, '--break', 'now', ...flags], env);
    await stopAfter(run, 3);
    laptop.expectFree();
    expect(laptop.books().command_log).not.toContain('.reload /n');
    expect(run.err).toContain('as asked, the module list is not read');
  });

  it('slow-first-prompt: arms at 19,200 baud with the limits that it has by itself', { timeout: 90_000 }, async () => {
    const run = startAt(19_200, 'slow-first-prompt', '--break', 'now');
    await stopAfter(run, 2);
    laptop.expectFree();
    expect(presses()).toBe(2);
    expect(laptop.books().command_log).toContain('.reload /n');
  });

  it('what does not fit the halt limit is left out before it begins', { timeout: 90_000 }, async () => {
    const run = startAt(19_200, 'slow-first-prompt', '--break', 'now', '--halt-limit', '30s');
    await stopAfter(run, 2);
    laptop.expectFree();
    expect(laptop.books().command_log).not.toContain('.reload /n');
    expect(run.err).toMatch(/would take 38 s, and the halt limit leaves (?:29|28|27) s/);
  });
});

describe('symbols', () => {
  it('exports-only-x86: says what is missing, lets the target go, 7', async () => {
    const run = laptop.start('exports-only-x86');
    expect(await run.ended, run.err).toBe(7);
    laptop.expectFree();
    expect(run.err).toContain('kd has no symbols of nt');
    expect(run.err).not.toMatch(/It said: .*module name/);
    expect(run.err).toContain('Target: running, without a breakpoint');
  });

  it('x86-today: nothing with eight digits is typed', async () => {
    const run = laptop.start('x86-today', '--max-hits', '10');
    expect(await run.ended, run.err).toBe(0);
    laptop.expectFree();
    const typed = laptop.books().command_log.filter((line) => !line.startsWith('.echo'));
    expect(typed.join('\n')).not.toMatch(/\b(?:0x)?[89a-f][0-9a-f]{7}\b(?!`)/i);
    await expectOneTotal(run);
  });

  it('x86-today: a place that is named by eight digits is typed with sixteen', async () => {
    const run = laptop.start('x86-today', '--at', '804d3970');
    await run.sees('Collecting.');
    await run.interrupt();
    expect(await run.ended, run.err).toBe(130);
    laptop.expectFree();
    expect(laptop.books().command_log).toContain('bp ffffffff`804d3970 ";kb;g"');
  });

  it('no-symbol: counts at the place of newer kernels', async () => {
    const run = laptop.start('no-symbol', '--max-hits', '10');
    expect(await run.ended, run.err).toBe(0);
    laptop.expectFree();
    await expectOneTotal(run);
  });
});

describe('what kd does not say', () => {
  it('reboot-unseen: a silent reboot is noticed, and the target is armed again', async () => {
    const run = laptop.start('reboot-unseen');
    await laptop.until(() => (run.err.match(/Armed at/g) ?? []).length === 2);
    await stopAfter(run, 30);
    laptop.expectFree();
    await expectOneTotal(run);
  });

  it('reboot-unseen: --max-hits goes on counting where it was', async () => {
    const run = laptop.start('reboot-unseen', '--max-hits', '30');
    expect(await run.ended, run.err).toBe(0);
    laptop.expectFree();
    const limits = laptop.books().command_log.flatMap((line) => /<0n(\d+)\)/.exec(line)?.[1] ?? []);
    expect(limits).toHaveLength(2);
    expect(limits[0]).toBe('30');
    expect(Number(limits[1])).toBeLessThanOrEqual(20);
    expect(run.err).toContain('--max-hits 30 is reached');
  });

  it('standstill: says that hits have ceased; Enter is not needed, and Ctrl+C releases', {
    timeout: 120_000,
  }, async () => {
    const run = laptop.start('standstill-forever', '--break-by', 'interrupt');
    await run.sees(/No hit for 30 s, where one came every \d+ ms before/);
    expect(presses()).toBe(1);
    await run.interrupt();
    expect(await run.ended, run.err).toBe(20);
    expect(run.err).toContain('livedebug rescue');
  });

  it('standstill: one that passes is released as if nothing had been', async () => {
    const run = laptop.start('standstill');
    await stopAfter(run, 20);
    laptop.expectFree();
    await expectOneTotal(run);
  });
});

describe('errors that are no answers', () => {
  it('no-process: an error is no empty list; 20 with the steps', async () => {
    const run = laptop.start('no-process');
    expect(await run.ended, run.err).toBe(20);
    expect(run.err).toContain('THE TARGET MAY STAND STILL');
    expect(run.err).not.toContain('Target: running');
    expect(laptop.books().target.state).toBe('halted');
  });

  it('reads-while-running: arms and releases without typing into a running target', async () => {
    const run = laptop.start('reads-while-running');
    await stopAfter(run, 10);
    laptop.expectFree();
    expect(laptop.log()).not.toContain('Illegal process error');
    await expectOneTotal(run);
  });
});

describe('a kd that ends', () => {
  it('kd-ends-at-once: is started again, and what is said of the target is that it was not reached', async () => {
    const run = laptop.start('kd-ends-at-once', '--wait', '2s');
    expect(await run.ended, run.err).toBe(4);
    expect(run.err).toContain('Target: not reached, nothing was changed');
    expect(laptop.books()).toMatchObject({ breaks: 0, violations: [] });
  });

  it('kd-ends-connected: armed, lost, found standing, armed again, released', async () => {
    const run = laptop.start('kd-ends-connected');
    await laptop.until(() => (run.err.match(/Armed at/g) ?? []).length === 2);
    await run.interrupt();
    expect(await run.ended, run.err).toBe(130);
    expect(laptop.books().target).toMatchObject({ state: 'running', breakpoints: 0 });
    expect(run.err).toContain('Target: running, without a breakpoint');
  });

  it('kd-ends-connected: a target that was connected is not said to have been out of reach', async () => {
    const run = laptop.start('kd-ends-connected', '--break', 'after:60s');
    await laptop.until(() => (run.err.match(/kd runs as process/g) ?? []).length === 2);
    await run.interrupt();
    expect(await run.ended, run.err).toBe(130);
    expect(run.err).toContain('Target: connected, and not touched');
    expect(laptop.books()).toMatchObject({ breaks: 0 });
  });

  it('kd-ends-with-input: a killed session leaves a target that stands at its next hit, and a rescue frees it', async () => {
    const run = laptop.start('kd-ends-with-input');
    await run.sees('Collecting.');
    await laptop.until(() => laptop.books().hits >= 3);
    run.signal('SIGKILL');
    await run.ended;
    await laptop.until(() =>
      laptop.books().violations.some(({ kind }) => kind === 'left-armed' || kind === 'exit-halted'),
    );
    const rescue = laptop.run(['rescue', '--kd', 'sim:kd-ends-with-input']);
    expect(await rescue.ended, rescue.err).toBe(0);
    expect(rescue.err).toContain('Starting a fresh kd on com1 at 115200 baud');
    expect(laptop.books().target).toMatchObject({ state: 'running', breakpoints: 0 });
    const status = laptop.run(['status']);
    await status.ended;
    expect(status.out).toContain('No session is running');
  });

  it('what kd prints when the session has ended goes to no closed log', async () => {
    const run = laptop.start('flood', '--break', 'connected');
    await run.sees('Collecting.');
    await run.interrupt();
    await run.sees('Releasing');
    await run.interrupt();
    await run.ended;
    expect(run.err).not.toMatch(/EBADF|Free some space/);
    expect(laptop.events().map(({ event }) => event)).not.toContain('log-failed');
  });
});

describe('attach', () => {
  const server = (scenario: string): Run =>
    laptop.run(['simulate', 'kd', '-server', `npipe:pipe=${laptop.pipe}-lab`, '-k', 'com:port=com1,baud=115200'], {
      LIVEDEBUG_SIM_SCENARIO: scenario,
    });
  const attach = (): Run => laptop.run(['attach', '--pipe', `${laptop.pipe}-lab`, '--kd', 'sim', '--tag', 'Ddk']);

  it('leaves at once on Ctrl+C, and an armed server as it was', async () => {
    const kd = server('reads-while-running');
    await kd.sees('Kernel Debugger connection established.');
    kd.child.stdin?.write('\x06\n');
    await kd.sees('kd> ');
    kd.child.stdin?.write('bp nt!MmAllocateSpecialPool ";kb;g"\ng\n');
    await laptop.until(() => laptop.books().hits >= 3);
    const session = attach();
    await laptop.until(
      () => session.err.includes('joined') || session.err.includes('Collecting') || laptop.record().hits !== 0,
    );
    const before = performance.now();
    await session.interrupt();
    expect(await session.ended, session.err).toBe(130);
    expect(performance.now() - before).toBeLessThan(5000);
    expect(session.err).toMatch(/Target: (?:as it was found|connected, and not touched)/);
    expect(laptop.books()).toMatchObject({ breaks: 1, target: { state: 'running', breakpoints: 1 } });
    const { hits } = laptop.books();
    await laptop.until(() => laptop.books().hits > hits + 3);
    kd.child.stdin?.write('\x06\n');
    await laptop.until(() => laptop.books().target.state === 'halted');
    kd.child.stdin?.write('bc *\ng\n');
    await laptop.until(() => laptop.books().target.state === 'running');
    kd.child.stdin?.write('\x02\n');
    await kd.ended;
  });
});
