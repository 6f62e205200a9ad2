import { describe, expect, it } from 'vitest';
import { replacedByte } from '../../../../src/kd/control/breakpoints/orphan.js';
import { imageFiles } from '../../../../src/simulator/machine/images/catalogue.js';

const INT3 = 0xcc;
const CODE_BYTES = 16;
const bitsOf = { x86: 32, x64: 64 } as const;

/** What the table says of a function whose first byte is an int3 now. */
function said(code: Buffer, bits: 32 | 64): number | undefined {
  const armed = Buffer.from(code);
  armed[0] = INT3;
  return replacedByte(armed, bits);
}

/** The first bytes of every function of the images that has a name. */
function functions(architecture: 'x86' | 'x64'): { name: string; code: Buffer }[] {
  return imageFiles(architecture).flatMap(({ name, pe, symbols }) =>
    [...symbols].flatMap(([symbol, rva]) => {
      const section = pe.sections.find((each) => rva >= each.rva && rva < each.rva + each.fileSize);
      if (!section || !/^(\.text|INIT|PAGE)/.test(section.name)) return [];
      const at = section.fileOffset + rva - section.rva;
      return [{ name: `${name}!${symbol}`, code: pe.bytes.subarray(at, at + CODE_BYTES) }];
    }),
  );
}

/** mov edi,edi in its other encoding does the same. */
function isAsGood(byte: number, code: Buffer): boolean {
  return byte === code[0] || (code[0] === 0x89 && code[1] === 0xff && byte === 0x8b);
}

function wrongly(architecture: 'x86' | 'x64'): string[] {
  return functions(architecture).flatMap(({ name, code }) => {
    const byte = said(code, bitsOf[architecture]);
    if (byte === undefined || isAsGood(byte, code)) return [];
    return [`${name}: ${code.toString('hex')} -> ${byte.toString(16)}`];
  });
}

describe('an int3 at the first byte of a function of the images', () => {
  it('is never taken for another byte than the one that was there (x86)', () => {
    expect(functions('x86').length).toBeGreaterThan(100);
    expect(wrongly('x86')).toEqual([]);
  });

  it('is never taken for another byte than the one that was there (x64)', () => {
    expect(functions('x64').length).toBeGreaterThan(100);
    expect(wrongly('x64')).toEqual([]);
  });

  it.each([
    ['x86', 0.5],
    ['x64', 0.2],
  ] as const)('is put right for a good part of the kernel (%s)', (architecture, part) => {
    const nt = functions(architecture).filter(({ name }) => name.startsWith('nt!'));
    const right = nt.filter(({ code }) => said(code, bitsOf[architecture]) === code[0]);
    expect(right.length / nt.length).toBeGreaterThan(part);
  });
});

/** How functions begin, by compiler: the whole code, from which the first byte is taken. */
const PROLOGUES = {
  32: [
    ['mov edi,edi; push ebp; mov ebp,esp', '8bff558bec83ec10'],
    ['push ebp; mov ebp,esp', '558bec83ec105657'],
    ['push ebp; mov ebp,esp (GCC)', '5589e557565383ec'],
    ['push esi; push edi', '565783ec108b7424'],
    ['push 20h; push offset', '6a20680010408055'],
    ['mov eax,fs:[124]', '64a124010000c390'],
    ['xchg ecx,[esp]; push ebp; mov ebp,esp', '870c24558bec9090'],
  ],
  64: [
    ['mov [rsp+8],rbx', '48895c2408574883'],
    ['mov [rsp+10],rdx', '488954241048894c'],
    ['mov [rsp+8],rcx', '48894c24084883ec'],
    ['mov [rsp+10],edx (no prefix)', '89542410894c2408'],
    ['mov rax,rsp', '488bc44889580848'],
    ['mov r11,rsp', '4c8bdc4983ec6849'],
    ['sub rsp,28', '4883ec28488b0510'],
    ['sub rsp,128', '4881ec2801000048'],
    ['rex push rbx; sub rsp,20', '40534883ec20488b'],
    ['rex push rbp; push rbx', '4055535657415448'],
    ['push rbx; sub rsp,20', '534883ec20488bd9'],
    ['push rbp; mov rbp,rsp', '554889e54883ec20'],
    ['push rdi; push rsi; push rbx', '5756534883ec2048'],
  ],
} as const;

/** 64-bit ones that go on behind their first byte as others do. */
const ALIKE = [
  ['mov [rsp+18],r8', '4c89442418488954'],
  ['mov [rsp+20],r9', '4c894c24204c8944'],
  ['mov [rsp+18],r8d', '448944241889542410'],
  ['mov [rsp+10],dx', '6689542410894c24'],
  ['push rsi; push rdi; sub rsp,28', '56574883ec28488b'],
  ['push rbp; push rsi; push rdi', '5556574883ec2048'],
  ['push r12; push rbp; push rdi', '415455574883ec20'],
  ['push r14; push rsi; push rdi; push rbx', '4156565753488cec'],
  ['push r15; push r14; push r13 (GCC)', '4157415641554154'],
] as const;

describe.each([32, 64] as const)('prologues of %s-bit compilers', (bits) => {
  it.each([...PROLOGUES[bits]] as [string, string][])('%s', (_, hex) => {
    const code = Buffer.from(hex, 'hex');
    expect([undefined, code[0]]).toContain(said(code, bits));
  });
});

describe('prologues of 64-bit compilers that look like others', () => {
  it.each(ALIKE)('%s', (_, hex) => {
    const code = Buffer.from(hex, 'hex');
    expect([undefined, code[0]]).toContain(said(code, 64));
  });
});
