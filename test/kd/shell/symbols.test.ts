import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePdbKey } from '../../../src/kd/symbols/locate/store-key.js';
import { parseSymbolRow } from '../../../src/kd-text/listings/symbols.js';
import { ShellBench } from './shell-bench.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images', import.meta.url));

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(os.tmpdir(), 'symbol cache '));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

describe.each(['x86', 'x64'] as const)('names of the target (%s)', (architecture) => {
  const bench = (symbolPath = path.join(IMAGES, architecture)): ShellBench =>
    new ShellBench({
      architecture,
      stub: { state: 'running', wakes: { worker: 20 } },
      symbols: { path: symbolPath, cache },
    });

  it('stand where kd stops, and for what a pattern fits', async () => {
    const kd = bench();
    await kd.breakIn();
    const place =
      architecture === 'x86' ? 'nt!RtlpBreakWithStatusInstruction:' : /nt!(?:DbgBreakPointWithStatus|RtlpBreak\w+):/;
    expect(kd.text).toMatch(place);
    const rows = (await kd.command('x nt!*AllocateSpecialPool*')).trim().split('\n').map(parseSymbolRow);
    expect(rows.map((row) => row?.symbol)).toContain('nt!MmAllocateSpecialPool');
    const at = kd.machine.address('nt!MmAllocateSpecialPool') ?? 0n;
    expect(rows.find((row) => row?.symbol === 'nt!MmAllocateSpecialPool')?.address).toBe(
      at.toString(16).padStart(16, '0'),
    );
    expect(await kd.command('? nt!MmAllocateSpecialPool')).toContain(at.toString(16).slice(-8));
    expect(await kd.command('ln nt!MmAllocateSpecialPool+3')).toContain('nt!MmAllocateSpecialPool+0x3');
    expect(await kd.command('x leakydrv!Leaky*')).toContain('leakydrv!LeakyAllocate');
  });

  it('arm the breakpoint of the whole recipe', async () => {
    const kd = bench();
    await kd.breakIn();
    await kd.command('bp nt!MmAllocateSpecialPool ";.echo a stack;g"');
    expect(await kd.command('bl')).toMatch(/0001 \(0001\) nt!MmAllocateSpecialPool ";\.echo a stack;g"\n\n$/);
    kd.keys.typed('g');
    for (let hit = 0; hit < 5; hit++) await kd.see(/^a stack$/);
    await kd.breakIn();
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
  });

  it('stand in disassembly, and the line has its account', async () => {
    const kd = bench();
    await kd.breakIn();
    const lines = (await kd.command('u nt!MmAllocateSpecialPool L3')).trim().split('\n');
    expect(lines[0]).toBe('nt!MmAllocateSpecialPool:');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(
      architecture === 'x86' ? /8bff {12}mov {5}edi,edi$/ : /48895c2408 {6}mov {5}qword ptr \[rsp\+8\],rbx$/,
    );
    const account = await kd.command('.livedebug wire');
    expect(account).toMatch(/^bytes {4}\d+ to the target, \d+ from it$/m);
    expect(account).toMatch(/^halted {3}\d+ ms$/m);
  });

  it('fall back to exports, which is said when somebody asks for a name', async () => {
    const kd = bench(cache);
    await kd.breakIn();
    expect(await kd.command('x nt!KeBugCheckEx')).toMatch(
      /Defaulted to export symbols for .*\n\*\*\* Before the next stop: livedebug symbols fetch (\S+)\n.*nt!KeBugCheckEx/,
    );
    expect(parsePdbKey(/symbols fetch (\S+)/.exec(kd.text)?.[1] ?? '')).toMatchObject({ name: 'ntkrnlmp.pdb' });
    await kd.command('!sym noisy');
    await kd.command('.reload');
    expect(await kd.command('x nt!KeBugCheckEx')).toContain('DBGHELP: ');
    expect(await kd.command(`.sympath ${path.join(IMAGES, architecture)}`)).toContain('Symbol search path is:');
    expect(await kd.command('!sym quiet;x nt!MmAllocateSpecialPool')).toContain('nt!MmAllocateSpecialPool');
  });
});
