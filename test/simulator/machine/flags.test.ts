import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BareCpu } from './bare-cpu.js';
import { type Model, models, SIZES, type Size } from './flag-models.js';

const bare = new BareCpu(true);

/** `op r/m, r` on rax and rcx: the byte form is one below the wide one; 66 makes 16 bits, 48 makes 64. */
function encode(opcode: number, modrm: number, size: Size): number[] {
  const prefix = size === 16 ? [0x66] : size === 64 ? [0x48] : [];
  return [...prefix, size === 8 ? opcode - 1 : opcode, modrm];
}

function check(model: Model, size: Size, a: bigint, b: bigint, carry: boolean): void {
  bare.set(0, a);
  bare.set(1, b);
  bare.cpu.setFlags(carry ? 1 : 0);
  const ending = bare.run(...encode(model.opcode, model.modrm, size));
  expect(ending.kind).toBe('halt');
  const expected = model.compute(BigInt.asUintN(size, a), BigInt.asUintN(size, b), carry ? 1n : 0n, size);
  const kept = size === 32 ? 0n : a & ~((1n << BigInt(size)) - 1n);
  const result = model.stores ? kept | expected.result : a;
  const flags = bare.cpu.flags() & expected.defined;
  expect({ result: bare.get(0).toString(16), flags }).toEqual({
    result: result.toString(16),
    flags: expected.flags & expected.defined,
  });
}

const value = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(
    0n,
    1n,
    0x7fn,
    0x80n,
    0xffn,
    0x7fffn,
    0x8000n,
    0x7fffffffn,
    0x80000000n,
    0xffffffffn,
    2n ** 63n,
    2n ** 64n - 1n,
  ),
);

for (const model of models)
  test(`${model.name} sets result and flags as the manual has them`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...SIZES), value, value, fc.boolean(), (size, a, b, carry) =>
        check(model, size, a, b, carry),
      ),
      { numRuns: 250 },
    );
  });
