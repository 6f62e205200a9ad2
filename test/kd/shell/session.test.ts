import { describe, expect, it } from 'vitest';
import { HELP } from '../../../src/kd/shell/commands/help.js';
import { commandWords } from '../../../src/kd/shell/commands/index.js';
import { parseSessionTime } from '../../../src/kd-text/session-time.js';
import { ShellBench } from './shell-bench.js';

async function bench(architecture: 'x86' | 'x64' = 'x64', processors = 1): Promise<ShellBench> {
  const kd = new ShellBench({ architecture, processors, stub: { state: 'running', wakes: { worker: 10 } } });
  await kd.breakIn();
  return kd;
}

describe('commands about the session', () => {
  it('lists every command in its help', async () => {
    const kd = await bench();
    const shown = await kd.command('.help');
    expect(shown).toBe(`${HELP.join('\n')}\n`);
    expect(await kd.command('?')).toBe(shown);
    const words = new Set(shown.split(/[\s,;:|]+/));
    // The letters of s and u stand for themselves, and so does ~N.
    expect(commandWords().filter((word) => !words.has(word))).toEqual([]);
    for (const line of HELP.slice(0, -1)) expect(line.length).toBeLessThan(120);
  });

  it('tells the times, the machine and the last event', async () => {
    const kd = await bench();
    const [session = '', uptime = ''] = (await kd.command('.time')).split('\n');
    expect(parseSessionTime(session)).toBeGreaterThan(0);
    expect(uptime).toMatch(/^System Uptime: /);
    expect(await kd.command('.echotime')).toMatch(/^Debugger \(not debuggee\) time: /);
    expect(await kd.command('version')).toContain('livedebug Kernel Debugger Version 0.0.0 TEST');
    expect(await kd.command('vertarget')).not.toContain('livedebug');
    expect(await kd.command('.effmach')).toBe('Effective machine: x64 (AMD64)\n');
    expect(await kd.command('.effmach x86')).toContain('not supported');
    expect(await kd.command('.lastevent')).toMatch(
      /^Last event: Break instruction exception - code 80000003 \(first chance\)\n {2}debugger time: /,
    );
    await kd.command(`bp ${kd.machine.address('nt!MmAllocateSpecialPool')?.toString(16)}`);
    kd.keys.typed('g');
    await kd.see(/^Breakpoint 0 hit[^$]*kd> $/);
    expect(await kd.command('.lastevent')).toMatch(/^Last event: Hit breakpoint 0\n/);
    await kd.command('t');
    expect(await kd.command('.lastevent')).toMatch(/^Last event: Single step\n/);
    expect(await kd.command('.cls')).toBe('');
  });

  it('says clearly what it has not', async () => {
    const kd = await bench();
    for (const text of ['.ecxr', '.thread', 'dt nt!_LIST_ENTRY', '.for (1;1;1) {}', 'ub nt'])
      expect(await kd.command(text)).toContain(
        `${text.split(' ')[0]} is not supported by this kd; .help lists what is.\n`,
      );
    expect(await kd.command('!process 0 0')).toMatch(
      /^No export process found\nOf kd’s extensions this kd has !poolused and !sym\./,
    );
    expect(await kd.command('.nosuch')).toBe("    ^ Syntax error in '.nosuch'\n");
  });

  it('crashes the target', async () => {
    const kd = await bench();
    kd.keys.typed('.crash');
    await kd.until(() => kd.stub.books.bug_checks.length > 0);
  });
});

describe('several processors', () => {
  it('are listed, looked at, and asked one command', async () => {
    const kd = await bench('x64', 3);
    const at = /(\d): kd> $/.exec(kd.text)?.[1];
    const list = await kd.command('~');
    expect(list.match(/^[.# ] {2}\d {2}\S+$/gm)).toHaveLength(3);
    expect(list).toMatch(new RegExp(`^\\. {2}${at} `, 'm'));
    expect(await kd.command('~2')).toMatch(/^[.# ] {2}2 {2}\S+\n$/);
    const own = await kd.command('r rsp');
    const other = await kd.command('~2 r rsp');
    expect(other).toBe(`rsp=${kd.machine.processors[2]?.get('rsp').toString(16).padStart(16, '0')}\n`);
    expect(await kd.command('r rsp')).toBe(own);
    await kd.command('~2s');
    expect(kd.text).toMatch(/2: kd> $/);
    expect(await kd.command('r rsp')).toBe(other);
    expect(await kd.command('? @$thread')).toContain('Bad register error');
    expect(await kd.command('~7s')).toContain('7 is not a valid processor number');
    expect(await kd.command('~x')).toContain("^ Syntax error in '~x'");
    kd.keys.typed('g');
    await kd.clock.advanceAsync(500);
    await kd.breakIn();
    const stopped = /(\d): kd> $/.exec(kd.text)?.[1];
    expect(await kd.command('~')).toMatch(new RegExp(`^\\. {2}${stopped} `, 'm'));
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
  });
});

describe('how long the target stood still', () => {
  it('is said when kd leaves, with its hits, and from where each report began', async () => {
    const kd = new ShellBench({
      architecture: 'x86',
      stub: { state: 'running', baud: 19_200, wakes: { worker: 1 } },
      bytesPerSecond: 1920,
    });
    await kd.breakIn();
    await kd.command(`bp ${(kd.machine.address('nt!MmAllocateSpecialPool') ?? 0n).toString(16)} "k 1;g"`);
    kd.keys.typed('g');
    await kd.until(() => kd.stub.books.hits >= 10);
    await kd.breakIn();
    expect(await kd.leave()).toBe(0);
    const said = Number(/^The target stood still for (\d+) ms in all\.$/m.exec(kd.text)?.[1]);
    expect(Math.abs(said / kd.stub.books.halted_ms - 1)).toBeLessThan(0.02);
    expect(said).toBeGreaterThan(2000);
  });

  it('is not said of a target that was never stopped', async () => {
    const kd = new ShellBench({ architecture: 'x86', stub: { state: 'running' } });
    expect(await kd.leave()).toBe(0);
    expect(kd.text).not.toContain('stood still');
  });
});
