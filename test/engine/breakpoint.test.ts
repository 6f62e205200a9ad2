import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CTRL_B, PROMPT } from './console.js';
import { ARCHITECTURES, Laboratory } from './laboratory.js';
import { HEADER, isNameless, printedStacks } from './stacks.js';

const HITS = 8;

describe.each(ARCHITECTURES)('the recipe with Microsoft’s engine on %s', (architecture) => {
  let lab: Laboratory;
  beforeEach(() => {
    lab = new Laboratory(architecture);
  });
  afterEach(() => lab.close());

  test('attaches, names every module, prints whole stacks and leaves a target that runs', async () => {
    await lab.target();
    const kd = lab.kd(['-b']);
    const banner = await kd.until(PROMPT);
    expect(banner).toContain('Microsoft (R) Windows Debugger Version 10.0.29507.1001 AMD64');
    expect(banner).toContain('Kernel Debugger connection established.  (Initial Breakpoint requested)');
    expect(banner).toMatch(architecture === 'x64' ? /Kernel Version 7601 .* x64\n/ : /Kernel Version 3790 .* x86 /);
    expect(banner).toContain('Break instruction exception - code 80000003 (first chance)');

    expect(await kd.ask('.reload')).toMatch(/^Loading Kernel Symbols\n\.+\nLoading User Symbols\n/m);
    const modules = [...(await kd.ask('lm')).matchAll(/^[0-9a-f`]+ [0-9a-f`]+ {3}(\S+)/gm)].map(([, name]) => name);
    expect(modules.sort()).toEqual(
      ['faultdrv', 'filterdrv', 'hal', 'kdcom', 'leakydrv', 'nt', 'videodrv', 'win32k'].sort(),
    );

    expect(await kd.ask('bp nt!MmAllocateSpecialPool ";kb;g"')).toBe('');
    kd.type('g');
    for (let hit = 0; hit < HITS; hit++) await kd.until(HEADER);
    await lab.breakInAtHit(kd);
    const stacks = printedStacks(kd.text);
    for (const { functions, whole } of stacks.slice(0, -1)) {
      expect(functions.slice(0, 2)).toEqual(['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag']);
      expect(functions.filter(isNameless)).toEqual([]);
      expect(whole).toBe(true);
    }
    expect(kd.text).not.toContain('Breakpoint 0 hit');

    expect(await kd.ask('bc *')).toBe('');
    expect(await kd.ask('bl')).toBe('\n');
    kd.type('g');
    await lab.allocates(4);
    kd.type(CTRL_B);
    expect(await kd.ended()).toBe(0);
    await lab.expectFree();
    expect(lab.books.hits).toBe(stacks.length);
  });
});
