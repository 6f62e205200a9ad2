import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CpuStop } from '../../../src/simulator/machine/cpu/stops.js';
import { BareCpu, CODE, DATA, STACK } from './bare-cpu.js';

const any64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('x64', () => {
  const bare = new BareCpu(true);
  const { bus, cpu } = bare;

  test('32-bit results clear the upper half, 16 and 8 bits keep the rest', () => {
    bare.set(0, 0x1122334455667788n);
    bare.run(0x66, 0xb8, 0xcd, 0xab); // mov ax, abcd
    expect(bare.get(0)).toBe(0x112233445566abcdn);
    bare.run(0xb4, 0x99); // mov ah, 99
    expect(bare.get(0)).toBe(0x11223344556699cdn);
    bare.run(0x40, 0xb7, 0x42); // mov dil, 42
    expect(bare.get(7) & 0xffn).toBe(0x42n);
    bare.run(0x89, 0xc0); // mov eax, eax
    expect(bare.get(0)).toBe(0x556699cdn);
  });

  test('lea is exact for values that are no addresses', () => {
    fc.assert(
      fc.property(any64, any64, (a, b) => {
        bare.set(0, a);
        bare.set(1, b);
        bare.run(0x48, 0x8d, 0x54, 0x88, 0xf8); // lea rdx, [rax + rcx*4 - 8]
        expect(bare.get(2)).toBe(BigInt.asUintN(64, a + b * 4n - 8n));
      }),
    );
  });

  test('multiplication and division agree with BigInt', () => {
    fc.assert(
      fc.property(
        any64,
        any64.filter((b) => b !== 0n),
        (a, b) => {
          bare.set(0, a);
          bare.set(1, b);
          bare.run(0x48, 0xf7, 0xe1); // mul rcx
          expect(bare.get(2) * 2n ** 64n + bare.get(0)).toBe(a * b);
          bare.run(0x48, 0xf7, 0xf1); // div rcx
          expect([bare.get(0), bare.get(2)]).toEqual([a, 0n]);
          bare.set(2, b);
          bare.run(0x48, 0x0f, 0xaf, 0xd0); // imul rdx, rax
          expect(bare.get(2)).toBe(BigInt.asUintN(64, a * b));
          bare.run(0x69, 0xd0, 0xfe, 0xff, 0xff, 0xff); // imul edx, eax, -2
          expect(bare.get(2)).toBe(BigInt.asUintN(32, a * -2n));
        },
      ),
    );
  });

  test('signed division rounds to zero, and what does not fit is an exception', () => {
    bare.set(0, BigInt.asUintN(64, -7n));
    bare.set(1, 2n);
    bare.run(0x48, 0x99, 0x48, 0xf7, 0xf9); // cqo; idiv rcx
    expect([bare.get(0), bare.get(2)].map((v) => BigInt.asIntN(64, v))).toEqual([-3n, -1n]);
    bare.set(1, 0n);
    expect(bare.run(0x48, 0xf7, 0xf9)).toMatchObject({ kind: 'fault', code: 0xc0000094 });
    expect(cpu.ip).toBe(CODE);
    bare.set(2, 5n);
    bare.set(1, 1n);
    expect(bare.run(0x48, 0xf7, 0xf1)).toMatchObject({ kind: 'fault', code: 0xc0000095 });
  });

  test('extensions, conditional moves and exchanges', () => {
    bare.set(1, 0x80n);
    bare.run(0x48, 0x0f, 0xbe, 0xc1); // movsx rax, cl
    expect(bare.get(0)).toBe(0xffffffffffffff80n);
    bare.run(0x0f, 0xb6, 0xc1); // movzx eax, cl
    expect(bare.get(0)).toBe(0x80n);
    bare.set(0, 0xffffffff_00000001n);
    bare.set(3, 7n);
    bare.run(0x31, 0xd2, 0x0f, 0x45, 0xc3); // xor edx, edx; cmovne eax, ebx
    expect(bare.get(0)).toBe(1n);
    bus.write32(DATA, 5);
    bare.set(6, BigInt(DATA));
    bare.set(0, 5n);
    bare.set(3, 9n);
    bare.run(0xf0, 0x0f, 0xb1, 0x1e); // lock cmpxchg [rsi], ebx
    expect([bus.read32(DATA), cpu.zf]).toEqual([9, 1]);
    bare.run(0xf0, 0x0f, 0xb1, 0x1e);
    expect([bare.get(0), cpu.zf]).toEqual([9n, 0]);
    bare.set(0, 1n);
    bare.run(0xf0, 0x0f, 0xc1, 0x06); // lock xadd [rsi], eax
    expect([bus.read32(DATA), bare.get(0)]).toEqual([10, 9n]);
  });

  test('calls and returns leave the stack as it was', () => {
    const top = cpu.address(4);
    bare.set(0, 0n);
    // call +1; hlt; inc eax; ret
    bare.place(CODE, [0xe8, 1, 0, 0, 0, 0xf4, 0xff, 0xc0, 0xc3]);
    cpu.ip = CODE;
    expect(bare.executor.run(10).kind).toBe('halt');
    expect([bare.get(0), cpu.address(4)]).toEqual([1n, top]);
    expect(bus.read32(top - 8)).toBe(CODE + 5);
  });

  test('string instructions count down and move on, across a page', () => {
    bare.set(0, 0x41n);
    bare.set(1, 6n);
    bare.set(7, BigInt(DATA + 0xffc));
    bare.run(0xf3, 0xaa); // rep stosb
    expect([bare.get(1), bare.get(7)]).toEqual([0n, BigInt(DATA + 0x1002)]);
    bare.set(1, 1n);
    bare.set(6, BigInt(DATA + 0xffc));
    bare.set(7, BigInt(DATA + 0x100));
    bare.run(0xf3, 0x48, 0xa5); // rep movsq
    expect(bus.read32(DATA + 0x100)).toBe(0x41414141);
    expect(bus.read32(DATA + 0x104)).toBe(0x4141);
  });

  test('where no page is, or none to write, the registers stay as they were', () => {
    bare.set(3, 0x50000n);
    expect(bare.run(0x8b, 0x03)).toEqual(new CpuStop('fault', 0xc0000005, [0, 0x50000])); // mov eax, [rbx]
    bare.set(3, 0x40010n);
    cpu.setFlags(1);
    expect(bare.run(0x11, 0x03)).toEqual(new CpuStop('fault', 0xc0000005, [1, 0x40010])); // adc [rbx], eax
    expect([cpu.cf, cpu.ip]).toEqual([1, CODE]);
    cpu.setAddress(4, STACK);
    expect(bare.run(0x50)).toMatchObject({ kind: 'fault', information: [1, STACK - 8] }); // push rax
    expect(cpu.address(4)).toBe(STACK);
    cpu.setAddress(4, STACK + 0x800);
  });

  test('an address that is not canonical faults', () => {
    bare.set(3, 0x8000_0000_0000_0000n);
    expect(bare.run(0x8b, 0x03)).toMatchObject({ kind: 'fault', code: 0xc0000005 });
  });

  test('code is decoded again after it has been written', () => {
    bare.run(0xb8, 1, 0, 0, 0);
    bare.run(0xb8, 2, 0, 0, 0);
    expect(bare.get(0)).toBe(2n);
  });

  test('an instruction across two pages follows changes of either', () => {
    const at = CODE + 0xffe;
    for (const value of [3, 4]) {
      bare.place(at, [0xb8, value, value, 0, 0, 0xf4]);
      cpu.ip = at;
      bare.executor.run(2);
      expect(bare.get(0)).toBe(BigInt(value * 0x101));
    }
  });

  test('one that the interpreter does not have is named', () => {
    expect(() => bare.run(0x0f, 0xa2)).toThrow(/no instruction "cpuid" at 10000/);
  });

  test('an undefined one is a fault', () => {
    expect(bare.run(0x0f, 0x0b)).toMatchObject({ kind: 'fault', code: 0xc000001d });
  });
});

describe('x86', () => {
  const bare = new BareCpu(false);

  test('pushes 4 bytes, wraps at 32 bits and drops arguments on return', () => {
    bare.place(CODE, [0x6a, 0xff, 0xe8, 1, 0, 0, 0, 0xf4, 0x8b, 0x44, 0x24, 0x04, 0xc2, 4, 0]);
    const top = bare.cpu.address(4);
    bare.cpu.ip = CODE;
    expect(bare.executor.run(10).kind).toBe('halt');
    expect([bare.get(0), bare.cpu.address(4)]).toEqual([0xffffffffn, top]);
    bare.set(0, 0xffffffffn);
    bare.run(0x8d, 0x40, 0x02); // lea eax, [eax + 2]
    expect(bare.get(0)).toBe(1n);
  });

  test('popfd takes IF and the results, and never RF', () => {
    bare.run(0x68, 0x97, 0x0a, 0x01, 0x00, 0x9d); // push 10a97; popfd
    expect(bare.cpu.flags()).toBe(0xa97);
    expect(bare.cpu.system & 0x10000).toBe(0);
  });
});
