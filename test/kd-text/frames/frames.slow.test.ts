import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DIALECTS,
  type DialectName,
  formatStack,
  isInterleavedNoise,
  parseCallSite,
  parseFrame,
  parseStackHeader,
  type StackDialect,
  type StackFrame,
} from '../../../src/kd-text/frames/frames.js';

const names = Object.keys(DIALECTS) as DialectName[];

describe('parseStackHeader', () => {
  it.each([
    ['ChildEBP RetAddr  Args to Child', 'child ret args site', 8],
    [' # ChildEBP RetAddr  Args to Child              ', 'number child ret args site', 8],
    ['ChildEBP RetAddr    ', 'child ret site', 8],
    ['kd> ChildEBP RetAddr      Args to Child              ', 'child ret args site', 8],
    ['RetAddr               : Args to Child                : Call Site', 'ret args site', undefined],
    [' #   Memory  ChildEBP RetAddr  Args to Child', 'number memory child ret args site', 8],
    ['# Child-SP          RetAddr           Call Site', 'number child ret site', undefined],
    [' # Child-SP          RetAddr               Call Site', 'number child ret site', undefined],
    ['Child-SP          RetAddr           : Args to Child    : Call Site', 'child ret args site', undefined],
    ['# RetAddr           : Args to Child             : Call Site', 'number ret args site', undefined],
    [' # RetAddr               : Call Site', 'number ret site', undefined],
    [' # Call Site', 'number site', undefined],
    [' # ', 'number site', undefined],
    ['0: kd> 0: kd> ChildEBP RetAddr  ', 'child ret site', 8],
    [
      'Break repeatedly, break Once, Ignore, terminate Process, or terminate Thread (boipt)? RetAddr               : Args to Child : Call Site',
      'ret args site',
      undefined,
    ],
    ['[server (npipe a)] kd> Child-SP RetAddr Call Site', 'child ret site', undefined],
  ])('reads %j by its fields', (line, columns, width) => {
    const dialect = parseStackHeader(line);
    expect(dialect?.columns.join(' ')).toBe(columns);
    expect(dialect?.width).toBe(width);
  });

  it.each([
    'RetAddr',
    'ChildEBP',
    'Call Site of the driver',
    'RetAddr ChildEBP',
    'the RetAddr  Args to Child',
    '## RetAddr ChildEBP',
    'kd> kb',
    '',
    '# # RetAddr : Call Site',
  ])('takes %j for something else', (line) => {
    expect(parseStackHeader(line)).toBeUndefined();
  });
});

describe('parseFrame', () => {
  const read = (name: DialectName, line: string): StackFrame | undefined => parseFrame(line, DIALECTS[name]);

  it('reads x86 frames with notes, source and trailing blanks', () => {
    expect(
      read(
        'x86KbNumbered',
        '1f 8a1c29d8 82bd22e6 86a220d0 86a40000 00000000 leaky!DriverEntry+0x27 (FPO: [Uses EBP] [2,0,4]) (CONV: stdcall) [D:\\src\\leaky äß.cpp @ 16]  ',
      ),
    ).toEqual({
      number: 31,
      child: '000000008a1c29d8',
      ret: '0000000082bd22e6',
      args: ['0000000086a220d0', '0000000086a40000', '0000000000000000'],
      site: 'leaky!DriverEntry+0x27',
      module: 'leaky',
      symbol: 'DriverEntry',
      offset: 0x27,
      source: 'D:\\src\\leaky äß.cpp @ 16',
      notes: ['(FPO: [Uses EBP] [2,0,4])', '(CONV: stdcall)'],
      inline: false,
    });
  });

  it('reads the call sites that are no plain symbols', () => {
    const site = (text: string) => {
      const { site, module, symbol, offset, address } = parseCallSite(text) ?? { site: undefined };
      return [site, module, symbol, offset, address];
    };
    expect(site('0x815ef600')).toEqual(['0x815ef600', undefined, undefined, undefined, '00000000815ef600']);
    expect(site('0x12e')[4]).toBe('000000000000012e');
    expect(site('0x00007fff`69805b74')[4]).toBe('00007fff69805b74');
    expect(site('leaky+0x4e1')).toEqual(['leaky+0x4e1', 'leaky', undefined, 0x4e1, undefined]);
    expect(site('<Unloaded_old.sys>+0x10').slice(1, 4)).toEqual(['<Unloaded_old.sys>', undefined, 0x10]);
    expect(site("nt! ?? ::FNODOBFM::`string'+0x2935c").slice(1, 4)).toEqual(['nt', "?? ::FNODOBFM::`string'", 0x2935c]);
    expect(site('ks!CQueue<int,4>::~CQueue<int,4>+0x2').slice(1, 4)).toEqual([
      'ks',
      'CQueue<int,4>::~CQueue<int,4>',
      2,
    ]);
    expect(site('ks!CPin::operator new[]+0x2').slice(1, 4)).toEqual(['ks', 'CPin::operator new[]', 2]);
    expect(site('ks!operator!=+0x2').slice(1, 4)).toEqual(['ks', 'operator!=', 2]);
    expect(site('leaky!Start(int count = 0n3, char * name = 0x0012ff00 "a(b")+0x2').slice(1, 4)).toEqual([
      'leaky',
      'Start',
      2,
    ]);
    expect(site('nt!KiTrap0E')).toEqual(['nt!KiTrap0E', 'nt', 'KiTrap0E', undefined, undefined]);
    expect(parseCallSite('[No function listed.]')?.module).toBeUndefined();
    expect(parseCallSite('nt!KiPageFault+0x260 (TrapFrame @ ffffca8f`486e7460)')?.notes).toEqual([
      '(TrapFrame @ ffffca8f`486e7460)',
    ]);
  });

  it('reads inline frames, with and without number, with colons and without', () => {
    const inline = {
      site: 'nt!IopfCallDriver+0x44',
      module: 'nt',
      symbol: 'IopfCallDriver',
      offset: 0x44,
      inline: true,
    };
    expect(read('x64KNumbered', '0c (Inline Function) --------`-------- nt!IopfCallDriver+0x44')).toEqual({
      number: 12,
      ...inline,
    });
    expect(read('x64K', '(Inline Function) --------`-------- nt!IopfCallDriver+0x44')).toEqual(inline);
    expect(
      read(
        'x64KbNumbered',
        '0c (Inline Function)     : --------`-------- --------`-------- --------`-------- --------`-------- : nt!IopfCallDriver+0x44',
      ),
    ).toEqual({ number: 12, ...inline });
    expect(read('x86Kb', '(Inline) -------- -------- -------- -------- nt!IopfCallDriver+0x44')).toEqual(inline);
  });

  it('reads a frame behind a prompt, and eight-digit frames under an ARM header', () => {
    expect(read('x86Kb', '0: kd> f370c4d4 804ab4b3 00000048 6d4e6f49 00000001 nt!A+0x1')?.child).toBe(
      '00000000f370c4d4',
    );
    expect(parseFrame('b1c04a10 814f0a71 nt!A+0x5', parseStackHeader('Child-SP RetAddr  Call Site'))?.symbol).toBe('A');
  });

  const notFrames = [
    'fffff803`78806e40 cc              int     3',
    '819ed600 8bff            mov     edi,edi',
    'a04c305c 837d0800        cmp     dword ptr [leaky!Flag+0x4 (a04c500c)],0',
    '82b2f88c int     3',
    '82b37df4  64636261',
    '82b37df4  64636261 ffffffff 00000000 00000000',
    '8772d834  82ab06b1 nt!ExAllocatePoolWithTag+0x881',
    'fffff800`016530fc  fffff800`016530fc nt!PoolHitTag+0x10',
    'fffff800`016530fc  fffff800`016530fc fffff800`016530fc',
    'fffff880`0496e3aa  4c 65 61 6b 3b c1 0f 42-c1 41 8d 49 fd 8b d0 ff  Leak;..B.A.I....',
    'fffff802`45a00000 fffff802`46a46000   nt         (pdb symbols)          c:\\symbols\\ntkrnlmp.pdb',
    '804d7000 806ff000   nt         (deferred)             ',
    ' 0 e 80599128     0001 (0001) nt!NtSecureConnectPort',
    'nt!MmAllocateSpecialPool:',
    'leaky: allocated 00000010 bytes for leaky!Start+0x10',
    'leaky!Start: entering now',
    'eax=91c26130 ebx=00000000 ecx=82ab06b1',
    'Breakpoint 0 hit',
    '0: kd> g',
    '8772d834 82ab06b1 000000c1 00000070 64636261',
    '8772d834 82ab06b1 000000c1 00000070',
    '',
  ];
  it.each(notFrames)('takes %j for no frame in any dialect', (line) => {
    expect(parseFrame(line)).toBeUndefined();
    for (const name of names) expect(read(name, line), name).toBeUndefined();
  });

  it.each([
    'WARNING: Stack unwind information not available. Following frames may be wrong.',
    '*** ERROR: Module load completed but symbols could not be loaded for leaky.sys',
    '*** WARNING: Unable to verify timestamp for leaky.sys',
    '  *** Stack trace for last set context - .thread/.cxr resets it',
    'DBGHELP: nt - public symbols  ',
    'SYMSRV:  http://example.invalid/ntoskrnl.pdb not found',
    'Loading symbols for 0x80400000         ntoskrnl.exe ->   ntoskrnl.exe',
    '   ',
  ])('knows %j as a line within a stack', (line) => {
    expect(isInterleavedNoise(line)).toBe(true);
    expect(parseFrame(line)).toBeUndefined();
  });

  it('does not know everything as a line within a stack', () => {
    expect(isInterleavedNoise('Breakpoint 0 hit')).toBe(false);
    expect(isInterleavedNoise('leaky: WARNING: low on memory')).toBe(false);
  });
});

const identifier = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/);
const offset = fc.integer({ min: 0, max: 0xffffff });
const callSite = fc.oneof(
  fc
    .tuple(
      identifier,
      fc.oneof(
        identifier,
        fc.constantFrom(
          "?? ::FNODOBFM::`string'",
          'A::~A',
          'A<int,B<2> >::operator()',
          'operator new[]',
          '$$LN5',
          'operator<',
        ),
      ),
      fc.option(offset, { nil: undefined }),
    )
    .map(([module, symbol, at]) => ({
      site: `${module}!${symbol.startsWith('?') ? ' ' : ''}${symbol}${at === undefined ? '' : `+0x${at.toString(16)}`}`,
      module,
      symbol,
      ...(at !== undefined && { offset: at }),
    })),
  fc.tuple(identifier, offset).map(([module, at]) => ({ site: `${module}+0x${at.toString(16)}`, module, offset: at })),
  fc
    .integer({ min: 1, max: 0xffffffff })
    .map((n) => ({ site: `0x${n.toString(16)}`, address: n.toString(16).padStart(16, '0') })),
);
const extras = fc.record(
  {
    notes: fc.subarray(['(FPO: [0,2,4])', '(CONV: stdcall)', '(TrapFrame @ ffffca8f`486e7460)'], { minLength: 1 }),
    source: fc.constantFrom('c:\\a b\\[x] y.c @ 7', 'd:\\nt\\base\\größe.cpp @ 1207'),
  },
  { requiredKeys: [] },
);

function frames(dialect: StackDialect): fc.Arbitrary<StackFrame[]> {
  const digits = dialect.width === 8 ? 8 : 16;
  const address = fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).map((a) => a.padStart(16, '0'));
  const words = fc.array(address, { minLength: dialect.colons ? 4 : 3, maxLength: dialect.colons ? 4 : 3 });
  const has = (column: string): boolean => (dialect.columns as readonly string[]).includes(column);
  const one = fc.record({ callSite, extras, child: address, ret: address, args: words, inline: fc.boolean() });
  return fc.array(one, { minLength: 1, maxLength: 40 }).map((list) =>
    list.map(({ callSite, extras, child, ret, args, inline }, index) => {
      const bare = !has('ret') || inline;
      return {
        ...(has('number') && { number: index }),
        ...(has('child') && !bare && { child }),
        ...(has('ret') && !bare && { ret }),
        ...(has('args') && !bare && { args }),
        ...callSite,
        ...extras,
        inline: inline && has('ret'),
      };
    }),
  );
}

describe('format, then parse', () => {
  it.each(names)('gives the same frames in %s', (name) => {
    const dialect = DIALECTS[name];
    const numbered = (dialect.columns as readonly string[]).includes('number');
    fc.assert(
      fc.property(frames(dialect), (stack) => {
        // Without numbers and addresses, a name with blanks cannot be told from any other line.
        fc.pre(numbered || dialect.columns.length > 1 || stack.every((f) => !/\s/.test(f.site)));
        const [header = '', ...lines] = formatStack(stack, dialect);
        const read = parseStackHeader(header);
        expect(read).toBeDefined();
        expect(lines.map((line) => parseFrame(line, read))).toEqual(stack);
      }),
      { numRuns: 60 },
    );
  });

  it('prints exactly what kd prints', () => {
    const site = parseCallSite('nt!ExAllocatePoolWithTag+0x2ba');
    if (!site) throw new Error('unreadable call site');
    const args = ['1', '48', '6d4e6f49', '0'];
    const frame: StackFrame = { child: 'f370c51c', ret: '80462083', args, inline: false, ...site };
    expect(formatStack([frame], DIALECTS.x86Kb)).toEqual([
      'ChildEBP RetAddr  Args to Child              ',
      'f370c51c 80462083 00000001 00000048 6d4e6f49 nt!ExAllocatePoolWithTag+0x2ba',
    ]);
    expect(formatStack([{ ...frame, number: 10 }], DIALECTS.x64KvWideNumbered)[1]).toBe(
      '0a 00000000`f370c51c 00000000`80462083     : 00000000`00000001 00000000`00000048 00000000`6d4e6f49 00000000`00000000 : nt!ExAllocatePoolWithTag+0x2ba',
    );
    expect(formatStack([frame], DIALECTS.x86KbWide)).toEqual([
      'ChildEBP RetAddr      Args to Child              ',
      'f370c51c 80462083     00000001 00000048 6d4e6f49 nt!ExAllocatePoolWithTag+0x2ba',
    ]);
    expect(formatStack([frame], DIALECTS.x64K)[1]).toBe(
      '00000000`f370c51c 00000000`80462083 nt!ExAllocatePoolWithTag+0x2ba',
    );
  });
});
