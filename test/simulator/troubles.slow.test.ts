import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ARM, Bench, BREAK, connectAndBreak, HIT, PROMPT, type SimKd } from './sim-kd.js';

const X86_HIT = /ChildEBP RetAddr {6}Args to Child {14}\n/;
const ANY_PROMPT = /kd> $/;

let bench: Bench;
let kd: SimKd;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

/** Starts kd with a scenario, breaks in, and waits for the prompt. */
async function start(scenario: string, prompt = ANY_PROMPT): Promise<void> {
  Object.assign(bench, { scenario });
  kd = bench.kd();
  await connectAndBreak(kd, prompt);
}

/** What a command prints, up to the prompt. */
async function answer(command: string): Promise<string> {
  kd.type(command);
  return (await kd.until(ANY_PROMPT)).replace(/(?:\d: )?kd> $/, '');
}

describe('steady hits', () => {
  it.each([
    ['steady-hits', HIT, ARM],
    ['steady-hits-x86', X86_HIT, ARM],
  ])('%s: a press at a header stops the target at once', async (scenario, header, arm) => {
    await start(scenario);
    kd.type(arm, 'g');
    await kd.until(header);
    kd.type(BREAK);
    const seen = await kd.until(ANY_PROMPT);
    expect(seen).not.toMatch(header);
    expect(seen).toMatch(/nt!MmAllocateSpecialPool:\n\S+ \S+ +mov .*\n(?:\d: )?kd> $/);
    expect(bench.books()).toMatchObject({ presses: 2, breaks: 2, hits: 1, target: { state: 'halted' } });
  });

  it.each([
    ['cut-at-first-frame', /^0{8}`0{8} {5}: (?:0{8}`0{8} ){4}: nt!MmAllocateSpecialPool\nnt!MmAll/m],
    ['cut-before-header', /: nt!\S+\nnt!MmAllocateSpecialPool:\n/],
  ])('%s', async (scenario, text) => {
    await start(scenario);
    kd.type(ARM, 'g');
    await kd.until(HIT);
    kd.type(BREAK);
    expect(await kd.until(ANY_PROMPT)).toMatch(text);
    expect(bench.books().breaks).toBe(2);
  });
});

describe('bp on an unknown name', () => {
  const QUOTE = `Couldn't resolve error at 'nt!MmAllocateSpecialPool ";kb;g"'\n`;

  it('goes on behind the first semicolon: a stack that is no hit', async () => {
    await start('no-symbol');
    const seen = await answer(ARM);
    expect(seen.startsWith(`${QUOTE}RetAddr  `)).toBe(true);
    expect(seen).toMatch(/ : nt!DbgBreakPointWithStatus\n/);
    expect(seen).toContain(
      ` ^ addresses must be preceeded by whitespace error in 'bp nt!MmAllocateSpecialPool ";kb;g"'\n`,
    );
    expect(await answer('bl')).toBe('\n');
    expect(bench.books()).toMatchObject({ hits: 0, target: { breakpoints: 0, state: 'halted' } });
  });

  it('of a module that is not there waits for it', async () => {
    await start('nt-only');
    expect(await answer('bp mydrv!X ";kb;g"')).toBe(
      "Bp expression 'mydrv!X ' could not be resolved, adding deferred bp\n",
    );
    expect(await answer('bl')).toBe(' 0 eu                      0001 (0001) (mydrv!X ) ";kb;g"\n\n');
  });
});

describe('a kd without a process', () => {
  it('refuses what needs one, and says nothing of an empty list', async () => {
    await start('no-process', PROMPT);
    const warnings =
      'WARNING: The debugger does not have a current process or thread\nWARNING: Many commands will not work\n';
    for (const command of ['bl', 'bc *', 'x nt!MmAllocateSpecialPool'])
      expect(await answer(command)).toBe(`${warnings}        ^ Illegal process error in '${command}'\n`);
    expect(await answer('.echo still here')).toBe('still here\n');
    expect(await answer('g')).toBe(`${warnings}         ^ No runnable debuggees error in 'g'\n`);
    expect(bench.books().target.state).toBe('halted');
  });

  it('so it is for whoever types while the target runs', async () => {
    await start('reads-while-running', PROMPT);
    kd.type(ARM, 'g');
    await kd.until(HIT);
    kd.type('bl');
    await kd.until(/\^ Illegal process error in 'bl'\n/);
    await kd.until(HIT);
  });
});

describe('a reboot of which kd prints nothing', () => {
  it('shows in what drivers print, and hits go on by themselves', async () => {
    await start('reboot-unseen');
    kd.type(ARM, 'g');
    const seen = await kd.until(/mydrv: loaded at \S+\n/);
    expect(seen).not.toMatch(/Shutdown|Waiting|Connected|established/);
    await kd.until(HIT);
    await bench.untilBooks((books) => books.hits > 12);
    await bench.release(kd);
    expect(bench.violations()).toEqual([]);
  });
});

describe('a kd that ends by itself with exit code 0', () => {
  it.each(['kd-ends-at-once', 'kd-ends-connected'])('%s', async (scenario) => {
    Object.assign(bench, { scenario });
    kd = bench.kd();
    expect(await kd.ended).toEqual({ code: 0, signal: null });
    expect(kd.output.includes('established')).toBe(scenario === 'kd-ends-connected');
  });
});

describe('eight digits for an x86 address', () => {
  it('trap, and are not taken for the breakpoint: the target stands', async () => {
    await start('x86-today');
    const [, address] =
      /^([0-9a-f]{8}) {10}nt!MmAllocateSpecialPool /.exec(await answer('x nt!MmAllocateSpecialPool')) ?? [];
    await answer(`bp ${address} ";kb;g"`);
    expect(await answer('bl')).toBe(` 0 e ${address}     0001 (0001)  ";kb;g"\n\n`);
    expect(await answer('g')).toBe(
      `Break instruction exception - code 80000003 (first chance)\nnt!MmAllocateSpecialPool:\n${address} 8bff            mov     edi,edi\n`,
    );
    await answer('bc *');
    await answer(`bp ffffffff\`${address} ";kb;g"`);
    kd.type('g');
    await kd.until(X86_HIT);
  });
});

describe('a target that stands while kd says that it runs', () => {
  it('answers no break-in until it is over', async () => {
    await start('standstill');
    kd.type(ARM, 'g');
    await bench.untilBooks((books) => books.hits >= 10 && books.target.unreachable);
    kd.type(BREAK);
    await kd.until(/THIS IS NOT A BUG[^$]*kd> $/);
    expect(bench.books()).toMatchObject({ breaks: 2, target: { unreachable: false } });
    expect(bench.books().halted_ms).toBeGreaterThan(1900);
  });

  it('or for ever', async () => {
    await start('standstill-forever');
    kd.type(ARM, 'g');
    await bench.untilBooks((books) => books.hits >= 10 && books.target.unreachable);
    kd.type(BREAK);
    kd.child.stdin?.end();
    await kd.ended;
    expect(bench.books()).toMatchObject({ breaks: 1, violations: [], target: { state: 'halted' } });
  });
});

describe('a slow line', () => {
  it('keeps the first prompt and .reload waiting for as long as their bytes take', async () => {
    const from = performance.now();
    await start('slow-first-prompt');
    // 75,631 bytes at 19,200 baud, forty times as fast.
    expect(performance.now() - from).toBeGreaterThan(980);
    const reloading = performance.now();
    expect(await answer('.reload')).toMatch(/\.\n\nPress ctrl-c [^$]*Loading User Symbols\n\n$/);
    expect(performance.now() - reloading).toBeGreaterThan(740);
  });
});
