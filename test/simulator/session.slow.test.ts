import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ARM, Bench, BREAK, connectAndBreak, HIT, PROMPT, type SimKd } from './sim-kd.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

/** A target of its own making: the text of a scenario file, with the allocations and connection that all share. */
function target(text: string): Bench {
  const file = path.join(bench.folder, 'target.toml');
  const rest = '[[allocations]]\nstack = ["mydrv!Leak+0x10"]\n[[timeline]]\nevent = "connect"\nafter_ms = 5\n';
  writeFileSync(file, `about = "a test"\n${text}\n${rest}`);
  return Object.assign(bench, { scenario: file });
}

const quick = '[link]\ncost = "none"\n[hits]\nper_second = 200\n';

describe('breaking in', () => {
  it('by CTRL+F on a line of its own, with the star box and a prompt without a line end', async () => {
    const kd = bench.kd();
    await connectAndBreak(kd);
    expect(kd.output).toMatch(/THIS IS NOT A BUG[\s\S]*nt!DbgBreakPointWithStatus:\n[0-9a-f`]+ cc +int +3\n\d: kd> $/);
    expect(bench.books()).toMatchObject({ breaks: 1, target: { state: 'halted' } });
    await bench.leave(kd);
    expect(bench.violations()).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('by SIGINT', async () => {
    const kd = bench.kd();
    await kd.until('connection established.');
    kd.signal('SIGINT');
    await kd.until(PROMPT);
    expect(bench.books().breaks).toBe(1);
  });

  it('by -bonc, and without the box under KDQUIET', async () => {
    const kd = bench.kd(['-bonc'], { KDQUIET: '1' });
    await kd.until(/Initial Breakpoint requested[\s\S]*kd> $/);
    expect(kd.output).not.toContain('THIS IS NOT A BUG');
  });

  it('is swallowed just after a resume', async () => {
    target(`[kd]\nbreak_deaf_ms = 60000\n${quick}`);
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type(ARM, 'g');
    await kd.until(HIT);
    kd.type(BREAK);
    for (let hits = 0; hits < 20; hits++) await kd.until(HIT);
    expect(kd.output.match(/THIS IS NOT A BUG/g)).toHaveLength(1);
    kd.signal('SIGTERM');
    await kd.ended;
    expect(bench.books()).toMatchObject({ breaks: 1, breaks_swallowed: 1 });
  });

  it('of a target that stands still already fires after the next resume', async () => {
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type(BREAK, '.echo nothing happened yet');
    await kd.until(/nothing happened yet\n\d: kd> $/);
    kd.type('g');
    await kd.until(/THIS IS NOT A BUG[\s\S]*kd> $/);
    expect(bench.books().breaks).toBe(2);
  });

  it('cancels a fetch of symbols, and nothing else of the target', async () => {
    target('[symbols]\nfetch_ms = 600000\n[link]\ncost = "none"\n');
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type('x nt!MmAllocateSpecialPool', '.echo next');
    // The fetch has begun once the command is in the books.
    await bench.untilBooks((books) => books.commands === 1);
    kd.type(BREAK);
    expect(await kd.until('next')).toContain("Couldn't resolve error at 'nt!MmAllocateSpecialPool'");
    await bench.leave(kd);
    expect(bench.books()).toMatchObject({ breaks: 1, violations: [] });
  });
});

/** A stack that takes its time: a hundred bytes a frame at 19,200 baud. */
const slowStacks = '[link]\nbaud = 19200\nbytes = { first_stop = 10, stop = 10, hit = 10, k = 400, resume = 10 }\n';

describe('a break-in that meets a hit', () => {
  it('cuts the stack that is printed, and the rest of the command string', async () => {
    target(`${slowStacks}[hits]\nper_second = 1\n`);
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type(ARM, 'g');
    await kd.until(HIT);
    kd.type(BREAK);
    const seen = await kd.until(/\d: kd> $/);
    // Measured: the frame at work without addresses, the place, the prompt; no exception, no box.
    expect(seen).toMatch(
      /^(?:(?!0{8}`0{8} )\S+ {5}: .*\n)*0{8}`0{8} {5}: (?:0{8}`0{8} ){4}: \S+\nnt!MmAllocateSpecialPool:\n\S+ .*\n\d: kd> $/,
    );
    expect(bench.books()).toMatchObject({
      presses: 2,
      breaks: 2,
      hits: 1,
      target: { state: 'halted', breakpoints: 1 },
    });
    kd.type('g');
    await kd.until(HIT);
    kd.signal('SIGTERM');
  });

  it('never leaves for a target that is heard of all the time, but by what it cuts', async () => {
    target(`[kd]\nbreak_silence_ms = 4000\n${quick}`);
    const kd = bench.kd();
    await kd.until('connection established.');
    kd.type(BREAK);
    await kd.until(PROMPT);
    kd.type(ARM, 'g');
    await kd.until(HIT);
    kd.type(BREAK);
    for (let hits = 0; hits < 100; hits++) await kd.until(HIT);
    expect(bench.books()).toMatchObject({ presses: 2, breaks: 1 });
    kd.signal('SIGTERM');
  });

  it('leaves when a target has been silent for as long as it waits', async () => {
    target('speed = 10\n[kd]\nbreak_silence_ms = 4000\n[link]\ncost = "none"\n');
    const kd = bench.kd();
    await connectAndBreak(kd);
    const from = performance.now();
    kd.type('g', BREAK);
    await kd.until(/THIS IS NOT A BUG[^$]*kd> $/);
    expect(performance.now() - from).toBeGreaterThan(390);
  });
});

describe('typing', () => {
  it('lines wait their turn, each at a prompt of its own', async () => {
    const kd = bench.kd();
    kd.type('.echo one', '.echo "two;half"; .echo more', 'bp nt!Nope; .echo dropped', '.echo last', BREAK);
    const seen = await kd.until(/last\n\d: kd> $/);
    const prompts = seen.slice(seen.search(/\d: kd> /)).replace(/\d: kd> /g, '> ');
    expect(prompts).toBe("> one\n> two;half\nmore\n> Couldn't resolve error at 'nt!Nope'\n> last\n> ");
  });

  it('nothing after g is carried out, and no line is read before the next stop', async () => {
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type(`${ARM};g;.echo dropped`, '.echo after the stop');
    for (let hits = 0; hits < 3; hits++) await kd.until(HIT);
    expect(kd.output).not.toContain('after the stop');
    kd.type(BREAK);
    await kd.until(/kd> after the stop/);
    expect(kd.output).not.toContain('dropped');
  });

  it('bl, bc, bd and be keep the list', async () => {
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type(ARM, 'bu later!Thing', 'bd 1', 'bl', 'bc 0', 'bl', 'bc *', 'bl', '.echo end');
    const seen = await kd.until(/\nd: kd> end|kd> end/);
    expect(seen).toMatch(/ 0 e fffff800`\S+ {5}0001 \(0001\) nt!MmAllocateSpecialPool ";kb;g"\n/);
    expect(seen).toMatch(/ 1 du +0001 \(0001\) \(later!Thing\)\n\n/);
    expect(seen.match(/MmAllocateSpecialPool/g)).toHaveLength(1);
    expect(seen.match(/later!Thing/g)).toHaveLength(2);
  });
});

describe('counting in $t0 to $t19', () => {
  // Measured with the engine of 2026, 10.0.29507.
  it('ends a burst of hits by itself, with the target running', async () => {
    target(quick);
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type("bp nt!MmAllocateSpecialPool \";kb;r $t19=@$t19+1;j (@$t19<4) 'g';'bd 0;g'\"");
    for (const burst of ['g', 'r $t19=0;be 0;g']) {
      const hits = bench.books().hits;
      kd.type(burst);
      await bench.untilBooks((books) => books.hits === hits + 4 && books.target.breakpoints === 0);
      kd.type(BREAK, 'bl', 'r $t19');
      const seen = await kd.until(/\$t19=0{15}4\n\d: kd> $/);
      expect(seen.match(new RegExp(HIT, 'g'))).toHaveLength(4);
      expect(seen).toMatch(/^.*kd> {2}0 d fffff800`\S+ {5}0001 \(0001\) nt!MmAllocateSpecialPool ";kb;r .*'"\n\n/m);
      expect(bench.books().hits).toBe(hits + 4);
    }
    kd.type('bc *');
    await bench.leave(kd);
    expect(bench.violations()).toEqual([]);
  });

  it('stops in front of the prompt where the choice lets nothing run', async () => {
    target(quick);
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type('bp nt!MmAllocateSpecialPool ";kb;r $t19=@$t19+1;j (@$t19%3) \'g\'"', 'g');
    const seen = await kd.until(/nt!MmAllocateSpecialPool:\n[0-9a-f`]+ \S+ +mov .*\n\d: kd> $/);
    expect(seen.match(new RegExp(HIT, 'g'))).toHaveLength(3);
  });
});

describe('what kd knows of the target', () => {
  const running = '[target]\nstate = "running"\nprocessors = 1\n';
  /** The lines of a whole stack. */
  const stackOf = async (kd: SimKd, header = HIT): Promise<string[]> => {
    await kd.until(header);
    return (await kd.until(header)).split('\n').slice(0, -2);
  };
  const sitesOf = (lines: readonly string[]) => lines.map((line) => line.split(' : ').at(-1) ?? '');

  it('is nt alone where it did not see the boot, until .reload (x64)', async () => {
    target(`[kd]\nbreak_deaf_ms = 0\n${running}[symbols]\nmodules = "by-events"\n${quick}`);
    const kd = bench.kd();
    await connectAndBreak(kd, /kd> $/);
    kd.type('lm', ARM, 'g');
    expect(await kd.until(/module name\n[^$]*kd> (?=kd> )/)).toMatch(
      /module name\n\S+ \S+ {3}nt {9}\(pdb symbols\) {10}\S+\n[^\n]*$/,
    );
    const [, allocator, driver = '', ...more] = sitesOf(await stackOf(kd));
    expect([allocator, more]).toEqual(['nt!ExAllocatePoolWithTag+0x7d1', []]);
    expect(driver).toMatch(/^0xfffff880`[0-9a-f]{8}$/);
    kd.type(BREAK);
    await kd.until(/kd> $/);
    kd.type('.reload', 'lm', 'g');
    expect(await kd.until(/kd> (?=RetAddr)/)).toMatch(
      /Connected to .*\nLoading Kernel Symbols\n\.+\nLoading User Symbols\n\nkd> start[^$]* {3}mydrv {6}\(deferred\)/,
    );
    expect((await stackOf(kd)).join()).toContain('mydrv!Leak+0x10');
    kd.signal('SIGTERM');
  });

  it('leaves x86 stacks whole, with bare addresses', async () => {
    target(`${running}architecture = "x86"\n[symbols]\nmodules = "by-events"\n${quick}`);
    const kd = bench.kd();
    await connectAndBreak(kd, /kd> $/);
    kd.type(ARM, 'g');
    const [first, second, ...rest] = await stackOf(kd, /ChildEBP RetAddr {6}Args to Child {14}\n/);
    expect([first, second].map((line) => line?.split(' ').at(-1))).toEqual([
      'nt!MmAllocateSpecialPool',
      'nt!ExAllocatePoolWithTag+0x5cf',
    ]);
    expect(rest[0]).toBe('WARNING: Frame IP not in any known module. Following frames may be wrong.');
    expect(rest[1]).toMatch(/^[0-9a-f]{8} [0-9a-f]{8} {5}(?:[0-9a-f]{8} ){3}0xf[0-9a-f]{7}$/);
    kd.signal('SIGTERM');
  });

  it('gives the nearest exports where there are no symbols, and says so in lm alone', async () => {
    target(`[symbols]\nstate = "exports"\n${quick}`);
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type('x nt!MmAllocateSpecialPool', 'lm', 'bp nt!ExAllocatePoolWithTag ";kb;g"', 'g');
    expect(await kd.until(/kd> start[^$]*\d: kd> /)).toMatch(/ {3}nt {9}\(export symbols\) {7}ntkrnlmp\.exe\n/);
    const sites = sitesOf(await stackOf(kd));
    expect(sites[0]).toBe('nt!ExAllocatePoolWithTag');
    expect(sites.at(-1)).toMatch(/^mydrv\+0x[0-9a-f]+$/);
    expect(kd.output).not.toContain('***  ERROR');
    kd.signal('SIGTERM');
  });
});

it('expressions are those of every kd, answered by the simulated target', async () => {
  const kd = bench.kd();
  await connectAndBreak(kd);
  const said = async (expression: string): Promise<string> => {
    kd.type(`? ${expression}`);
    return (await kd.until(/\n\d: kd> $/)).split('\n').at(-2) ?? '';
  };
  expect(await said('0t17 mod 4 or (not 0 << 4)')).toBe('Evaluate expression: 19 = 00000000`00000013');
  expect(await said('wo(nt!PoolHitTag)+by(nt!PoolHitTag+3)')).toBe('Evaluate expression: 65550 = 00000000`0001000e');
  expect(await said('nt!NoSuchName + 1')).toBe("Couldn't resolve error at 'nt!NoSuchName + 1'");
  expect(await said('@nothing')).toBe("Bad register error at '@nothing'");
  expect(await said('5/0')).toBe("Operand error at '5/0'");
});

describe('PoolHitTag', () => {
  it('stops at a bare int3, goes on by sxe -c, and is put back', async () => {
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type("ed nt!PoolHitTag ' kdD'", 'dc nt!PoolHitTag l1', 'sxe -c "kb;g" bpe', 'g');
    expect(await kd.until('Break instruction exception')).toContain('206b6444');
    await kd.until(/FNODOBFM[\s\S]*RetAddr[\s\S]*Break instruction exception/);
    expect(kd.output).not.toContain('Breakpoint 0 hit');
    kd.type(BREAK);
    // As the engine does: what is to be done at an int3 is done at the break-in's too, and the box stands there twice.
    const box = '\\*{79}\\n[^$]*?THIS IS NOT A BUG[^$]*?\\*{79}\\n';
    await kd.until(
      new RegExp(
        `exception - code 80000003 \\(first chance\\)\n${box}RetAddr [^$]*?nt!DbgBreakPointWithStatus\n[^$]*?${box}nt!Dbg`,
      ),
    );
    await kd.until(PROMPT);
    kd.type('ed nt!PoolHitTag 0', 'sxd bpe');
    await bench.leave(kd);
    expect(bench.books()).toMatchObject({ violations: [], target: { pool_hit_tag: 0 } });
  });

  it('of another tag never stops', async () => {
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type("ed nt!PoolHitTag 'aeL '");
    await bench.leave(kd);
    expect(bench.books()).toMatchObject({ hits: 0 });
    expect(bench.violations()).toEqual(['left-armed']);
  });
});

describe('the ways out', () => {
  it('a clean release leaves no violation', async () => {
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type(ARM, 'g');
    await kd.until(HIT);
    await kd.until(HIT);
    await bench.release(kd);
    expect(bench.books()).toMatchObject({ violations: [], ended: true, target: { state: 'running', breakpoints: 0 } });
  });

  it('q freezes the target', async () => {
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type('q');
    await kd.ended;
    expect(bench.violations()).toEqual(['exit-halted']);
    expect(bench.books()).toMatchObject({ ended: true, kd: { how: 'q' }, target: { state: 'halted' } });
  });

  it('a break that nobody answers is one of its own', async () => {
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.signal('SIGTERM');
    await kd.ended;
    expect(bench.violations()).toEqual(['exit-halted', 'unanswered']);
  });

  it('CTRL+B leaves breakpoints where they are', async () => {
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type(ARM);
    await bench.leave(kd);
    expect(bench.violations()).toEqual(['left-armed']);
  });

  it('the end of its input ends a kd that is no server', async () => {
    const kd = bench.kd();
    await kd.until('connection established.');
    kd.child.stdin?.end();
    expect(await kd.ended).toEqual({ code: 0, signal: null });
    expect(bench.books().kd.how).toBe('stdin-eof');
  });

  it('a reader that goes away does not', async () => {
    const kd = bench.kd(['-server', 'npipe:pipe=deaf']);
    await connectAndBreak(kd);
    kd.child.stdout?.destroy();
    kd.type(ARM, 'g');
    await bench.untilBooks((books) => books.hits >= 5);
    expect(kd.child.exitCode).toBeNull();
  });
});

describe('a target that reboots', () => {
  it('has lost its breakpoints when it is back', async () => {
    bench = Object.assign(bench, { scenario: 'reboot' });
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type(ARM, 'g');
    await kd.until(/Shutdown occurred at \(.*\)\.\.\.unloading all symbol tables\.\nWaiting to reconnect\.\.\.\n/);
    await connectAndBreak(kd);
    kd.type('bl', '.echo end of list');
    expect((await kd.until(/end of list\n\d: kd> $/)).replace(/\d: kd> /g, '')).toBe('\nend of list\n');
    await bench.leave(kd);
    expect(bench.violations()).toEqual([]);
  });
});

describe('the form of the output', () => {
  it('is CRLF and OEM bytes where the scenario says so', async () => {
    bench = Object.assign(bench, { scenario: 'crlf-oem' });
    const kd = bench.kd();
    await connectAndBreak(kd);
    kd.type(ARM, 'g');
    await kd.until('gestartet');
    const bytes = Buffer.concat(kd.chunks);
    expect(bytes.includes(Buffer.from('f\xfcr Ger\xe4te', 'latin1'))).toBe(true);
    expect(bytes.toString('latin1')).not.toMatch(/[^\r]\n/);
  });

  it('comes in tiny pieces where the scenario says so', async () => {
    bench = Object.assign(bench, { scenario: 'split-chunks' });
    const kd = bench.kd();
    await connectAndBreak(kd);
    await kd.until(/$/);
    const smallest = Math.min(...kd.chunks.map((chunk) => chunk.length));
    expect(smallest).toBeLessThanOrEqual(7);
    expect(kd.output).toContain('Geräte – 起動');
  });

  it("goes into kd's own log, commands and answers", async () => {
    const file = path.join(bench.folder, 'kd.log');
    const kd = bench.kd([], { _NT_DEBUG_LOG_FILE_OPEN: file });
    await connectAndBreak(kd);
    kd.type('.echo hello');
    await bench.leave(kd);
    const { readFileSync } = await import('node:fs');
    const log = readFileSync(file, 'utf8');
    expect(log).toContain(`Opened log file '${file}'\n`);
    expect(log).toMatch(/\d: kd> \.echo hello\nhello\n\d: kd> g\n$/);
  });
});
