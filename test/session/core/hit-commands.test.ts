import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resumesTarget } from '../../../src/kd-text/commands.js';
import { splitCommands, takeQuoted } from '../../../src/kd-text/split-commands.js';
import { isSet } from '../../../src/session/core/catching.js';
import { armLines, resolveLines, typedCommands } from '../../../src/session/core/commands.js';
import { isSame, quoted, trapsFor } from '../../../src/session/core/hit-commands.js';
import { NOTHING_OURS } from '../../../src/session/core/ours.js';
import type { Plan } from '../../../src/session/core/plan.js';
import { BASE } from '../base-plan.js';

const SPECIAL = 'nt!MmAllocateSpecialPool';
const FREES = 'fffff800`01719df0 nt!MmFreeSpecialPool (<no parameter info>)';
const version = (architecture: string): string => `Windows 7 Kernel Version 7601 MP (2 procs) Free ${architecture}`;
const traps = (detail: Plan['detail'], architecture = 'x64', symbol = SPECIAL, more = [FREES]) =>
  trapsFor({ ...BASE, ...(detail && { detail }) }, symbol, [version(architecture), ...more]);

/** What kd carries out at a breakpoint, strings within strings included. */
function inner(commands: string): string[] {
  return splitCommands(commands).flatMap((command) => {
    const own = /^bp\b[^"]*(".*)$/.exec(command)?.[1];
    return [command, ...(own === undefined ? [] : inner(takeQuoted(own)?.quoted ?? ''))];
  });
}

describe('hits that end by themselves', () => {
  const limited = (most: number, more: Partial<Plan> = {}, said: readonly string[] = []) =>
    trapsFor({ ...BASE, maxHits: most, ...more }, SPECIAL, [version('x64'), FREES, ...said], most).traps;

  it('are counted by kd, which disables the breakpoint after the last and lets the target run', () => {
    expect(limited(4).map(({ commands }) => commands)).toEqual([";kb;r $t19=@$t19+1;j (@$t19<0n4) 'g';'bd 0;g'"]);
    expect(typedCommands({ ...BASE, maxHits: 4 }).breakpoint?.arm).toContain('r $t19=0');
    expect(JSON.stringify(typedCommands(BASE))).not.toContain('$t19');
  });

  it('take every breakpoint of ours, by the numbers that kd will give them', () => {
    const row = ' 0 e fffff800`01234560     0001 (0001) nt!KeBugCheck';
    expect(limited(20, { detail: 'frees' }, [row])[0]?.commands).toMatch(
      /;kb;r \$t19=@\$t19\+1;j \(@\$t19<0n20\) 'g';'bd 1 2;g'$/,
    );
    expect(limited(20, { detail: 'sizes' })[0]?.commands).toMatch(/'bd 0;g'$/);
    expect(limited(3, { commandString: 'kb 2;gc' })[0]?.commands).toBe(
      "kb 2;r $t19=@$t19+1;j (@$t19<0n3) 'g';'bd 0;g'",
    );
  });

  it('leave alone a string that leaves the target standing', () => {
    expect(limited(4, { commandString: 'kb' })[0]?.commands).toBe('kb');
  });
});

describe('what a hit of the segment heap’s special pool is to print', () => {
  const [HEAP, FREE] = ['nt!ExAllocateHeapSpecialPool', 'nt!ExpFreeHeapSpecialPool'];
  const found = (architecture: string) =>
    traps('frees', architecture, HEAP, [`fffff800\`01719df0 ${FREE} (<no parameter info>)`]);

  it('is read where its function has it, and what is freed is the second argument', () => {
    const { traps: set, lacks } = found('x64');
    expect(lacks).toBeUndefined();
    expect(set[0]?.commands).toMatch(
      /^;\.printf "size=%p tag=%x ",@rdx,@r8;\.echo \(livedebug\);r rsp;bp \/1 poi\(@rsp\) /,
    );
    expect(set[1]).toEqual({ symbol: FREE, commands: ';.printf "freed=%p ",@rdx;.echo (livedebug);g' });
  });

  it('is the stack alone on x86, where nobody has seen its arguments', () => {
    expect(found('x86 compatible')).toMatchObject({ traps: [{ commands: ';kb;g' }], lacks: expect.any(String) });
  });

  it('asks for the function that frees it', () => {
    expect(resolveLines({ ...BASE, detail: 'frees' })).toContain(`x ${FREE}`);
  });
});

describe('what a hit is to print', () => {
  it('is the stack alone unless more is asked for', () => {
    expect(traps(undefined)).toEqual({ traps: [{ symbol: SPECIAL, commands: ';kb;g' }] });
    expect(typedCommands(BASE).breakpoint?.arm).toContain('bp nt!MmAllocateSpecialPool ";kb;g"');
    expect(resolveLines(BASE)).not.toContain('vertarget');
  });

  it('is what the calling convention of the target says', () => {
    expect(traps('sizes').traps.map(({ commands }) => commands)).toEqual([
      ';.printf "size=%p tag=%x type=%x ",@rcx,@rdx,@r8;.echo (livedebug);kb;g',
    ]);
    expect(traps('sizes', 'x86 compatible').traps.map(({ commands }) => commands)).toEqual([
      ';.printf "size=%p tag=%x type=%x ",poi(@esp+0x4),poi(@esp+0x8),poi(@esp+0xc);.echo (livedebug);kb;g',
    ]);
    expect(traps('sizes', 'x64', 'nt!ExAllocatePoolWithTag').traps[0]?.commands).toContain('@rdx,@r8,@rcx;');
  });

  it('with frees: the return on top of the stack, and what is freed', () => {
    expect(traps('frees').traps).toEqual([
      {
        symbol: SPECIAL,
        commands:
          ';.printf "size=%p tag=%x type=%x ",@rcx,@rdx,@r8;.echo (livedebug);r rsp;bp /1 poi(@rsp) "r rsp,rax;g";kb;g',
      },
      { symbol: 'nt!MmFreeSpecialPool', commands: ';.printf "freed=%p ",@rcx;.echo (livedebug);g' },
    ]);
    expect(traps('frees', 'x86 compatible').traps.at(-1)?.commands).toContain('poi(@esp+0x4)');
  });

  it.each([
    ['an architecture whose registers are others', 'sizes', 'ARM 64-bit (AArch64)', SPECIAL, [FREES], 1],
    ['a function whose arguments nobody knows', 'frees', 'x64', 'nt!ExAllocateHeapSpecialPool', [FREES], 1],
    ['a driver’s function', 'sizes', 'x64', 'mydrv!MmAllocateSpecialPool', [FREES], 1],
    ['frees that kd cannot find', 'frees', 'x64', SPECIAL, [], 1],
    ['64 bits where one argument fills two places', 'sizes', 'x86 compatible', 'nt!ExAllocatePool2', [FREES], 1],
  ] as const)('says why it is less with %s', (_, detail, architecture, symbol, more, count) => {
    const found = traps(detail, architecture, symbol, [...more]);
    expect(found.lacks).toBeDefined();
    expect(found.traps).toHaveLength(count);
    expect(found.traps[0]?.commands).toMatch(/kb;g$/);
  });

  it('always goes on: the last command of every string is g, and nothing after it is lost', () => {
    for (const detail of [undefined, 'sizes', 'frees'] as const)
      for (const architecture of ['x64', 'x86 compatible', 'ARM 64-bit (AArch64)'])
        for (const { commands } of traps(detail, architecture).traps) {
          const strings = [commands, ...inner(commands).flatMap((each) => /^bp[^"]*"(.*)"$/.exec(each)?.[1] ?? [])];
          for (const each of strings) {
            const words = splitCommands(each.replaceAll('\\"', '"'));
            expect(words.at(-1), each).toBe('g');
            expect(
              words.slice(0, -1).filter((word) => resumesTarget(word)),
              each,
            ).toEqual([]);
          }
        }
  });

  it('comes through kd’s quotes as it was meant', () => {
    for (const detail of [undefined, 'sizes', 'frees'] as const) {
      const found = traps(detail).traps;
      const lines = armLines({ ...BASE, ...(detail && { detail }) }, { ...NOTHING_OURS, traps: found });
      expect(lines.slice(0, -1).map((line) => takeQuoted(line.slice(line.indexOf('"')))?.quoted)).toEqual(
        found.map(({ commands }) => commands),
      );
      // Typed at the prompt it sets a breakpoint, and lets nothing run.
      for (const line of lines) expect([splitCommands(line).length, resumesTarget(line)]).toEqual([1, false]);
    }
    fc.assert(fc.property(fc.string(), (text) => takeQuoted(quoted(text))?.quoted === text));
  });
});

describe('the proof by bl', () => {
  const row = (symbol: string, commands: string): string =>
    ` 0 e fffff800\`01755970     0001 (0001) ${symbol} "${commands}"`;
  const plan: Plan = { ...BASE, detail: 'frees' };
  const set = traps('frees').traps;
  const ours = { ...NOTHING_OURS, traps: set };

  it('knows its own breakpoints, with or without backslashes', () => {
    expect(
      isSet(
        set.map(({ symbol, commands }) => row(symbol, commands)),
        plan,
        ours,
      ),
    ).toBe(true);
    expect(
      isSet(
        set.map(({ symbol, commands }) => row(symbol, quoted(commands).slice(1, -1))),
        plan,
        ours,
      ),
    ).toBe(true);
  });

  it('fails when one of them is missing, off, or another', () => {
    const rows = set.map(({ symbol, commands }) => row(symbol, commands));
    for (const missing of rows)
      expect(
        isSet(
          rows.filter((each) => each !== missing),
          plan,
          ours,
        ),
      ).toBe(false);
    expect(
      isSet(
        rows.map((each) => each.replace(' 0 e ', ' 0 d ')),
        plan,
        ours,
      ),
    ).toBe(false);
    expect(
      isSet(
        rows.map((each) => each.replace(';g"', '"')),
        plan,
        ours,
      ),
    ).toBe(false);
    expect(isSame(undefined, ';kb;g')).toBe(false);
  });
});
