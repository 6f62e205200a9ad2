import { describe, expect, it } from 'vitest';
import { parseInstruction, parseListing } from '../../src/kd-text/instructions.js';

const operandsOf = (text: string) => parseInstruction(`fffff800\`01479aa0 4883ec28        ${text}`)?.operands;
const memory = (size: number, plus: bigint, ...terms: (readonly [string, bigint])[]) => ({
  kind: 'memory',
  size,
  plus,
  segment: false,
  terms: terms.map(([register, times]) => ({ register, times })),
});

describe('a line of a listing', () => {
  it('has an address, where the next one begins, and what it does', () => {
    expect(parseInstruction('fffff803`d9af6010 fff3            push    rbx')).toMatchObject({
      address: 0xfffff803d9af6010n,
      next: 0xfffff803d9af6012n,
      mnemonic: 'push',
      repeats: false,
      operands: [{ kind: 'register', name: 'rbx' }],
    });
    expect(parseInstruction('82b2f88c cc              int     3')).toMatchObject({
      address: 0x82b2f88cn,
      next: 0x82b2f88dn,
      operands: [{ kind: 'number', value: 3n }],
    });
  });

  it.each([
    [
      'sub     rsp,0A0h',
      [
        { kind: 'register', name: 'rsp' },
        { kind: 'number', value: 0xa0n },
      ],
    ],
    ['mov     eax,dword ptr [ebp+0Ch]', [{ kind: 'register', name: 'eax' }, memory(4, 12n, ['ebp', 1n])]],
    ['lea     rbp,[rsp-2Fh]', [{ kind: 'register', name: 'rbp' }, memory(0, -0x2fn, ['rsp', 1n])]],
    ['lea     r13,[rax*8]', [{ kind: 'register', name: 'r13' }, memory(0, 0n, ['rax', 8n])]],
    [
      'mov     r8,qword ptr [r8+rax*8+292120h]',
      [{ kind: 'register', name: 'r8' }, memory(8, 0x292120n, ['r8', 1n], ['rax', 8n])],
    ],
    [
      'cmp     edi,dword ptr [nt!PoolHitTag (fffff803`d9bde24c)]',
      [{ kind: 'register', name: 'edi' }, memory(4, 0xfffff803d9bde24cn)],
    ],
    [
      "lea     r8,[nt!`string' <PERF> (nt+0x0) (fffff803`d9886000)]",
      [{ kind: 'register', name: 'r8' }, memory(0, 0xfffff803d9886000n)],
    ],
    [
      'mov     eax,dword ptr nt!ExPoolTagTables (8055b9e0)[eax*4]',
      [{ kind: 'register', name: 'eax' }, memory(4, 0x8055b9e0n, ['eax', 4n])],
    ],
    [
      'mov     rdx,qword ptr gs:[20h]',
      [
        { kind: 'register', name: 'rdx' },
        { ...memory(8, 0x20n), segment: true },
      ],
    ],
    [
      'je      nt!ExFreePoolWithTag+0x100e (fffff803`d9af816e)  Branch',
      [{ kind: 'place', address: 0xfffff803d9af816en, symbol: 'nt!ExFreePoolWithTag+0x100e' }],
    ],
    ['call    82b2f88c', [{ kind: 'place', address: 0x82b2f88cn, symbol: '' }]],
    ['call    qword ptr [nt!_imp_HalFoo (fffff803`d9bde24c)]', [memory(8, 0xfffff803d9bde24cn)]],
    ['movups  xmmword ptr [rsp+20h],xmm0', [memory(16, 0x20n, ['rsp', 1n]), { kind: 'register', name: 'xmm0' }]],
  ])('has operands: %s', (text, operands) => {
    expect(operandsOf(text)).toEqual(operands);
  });

  it('has no prefix in its name', () => {
    expect(parseInstruction('fffff803`d9af62f8 f0490fc16e10    lock xadd qword ptr [r14+10h],rbp')).toMatchObject({
      mnemonic: 'xadd',
      operands: [memory(8, 16n, ['r14', 1n]), { kind: 'register', name: 'rbp' }],
    });
    expect(parseInstruction('fffff803`d9af62f8 f348ab          rep stos qword ptr [rdi]')).toMatchObject({
      mnemonic: 'stos',
      repeats: true,
    });
  });

  it.each([
    'nt!ExFreePoolWithTag+0x2a:',
    '',
    'fffff800`016530ec  00000000',
    'fffff800`016530ec nt!PoolHitTag = <no type>',
  ])('is no other line of kd’s: %s', (line) => {
    expect(parseInstruction(line)).toBeUndefined();
  });
});

it('a part of a function that is elsewhere is labelled as kd has it', () => {
  const lines = [
    'kd> nt!ExFreePoolWithTag:',
    'fffff800`01479aa0 4883ec28        sub     rsp,28h',
    '',
    "nt! ?? ::FNODOBFM::`string'+0x24a2a:",
    'fffff800`014798f6 cc              int     3',
  ];
  expect([...parseListing(lines).values()].map(({ label }) => label)).toEqual([
    'nt!ExFreePoolWithTag',
    "nt! ?? ::FNODOBFM::`string'",
  ]);
});
