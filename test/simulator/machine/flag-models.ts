/** What instructions do according to the manual, in unhurried BigInt arithmetic. */
export const SIZES = [8, 16, 32, 64] as const;
export type Size = (typeof SIZES)[number];

export interface Outcome {
  readonly result: bigint;
  readonly flags: number;
  /** Bits of EFLAGS that the manual defines for this operation and count. */
  readonly defined: number;
}

export interface Model {
  readonly name: string;
  readonly opcode: number;
  readonly modrm: number;
  readonly stores: boolean;
  readonly compute: (a: bigint, b: bigint, carry: bigint, size: Size) => Outcome;
}

const CF = 1;
const PF = 4;
const AF = 0x10;
const ZF = 0x40;
const SF = 0x80;
const OF = 0x800;
const ALL = CF | PF | AF | ZF | SF | OF;

function shape(result: bigint, size: Size): number {
  let ones = 0;
  for (let bit = 0n; bit < 8n; bit++) ones += Number((result >> bit) & 1n);
  const sign = (result >> BigInt(size - 1)) & 1n;
  return (ones % 2 === 0 ? PF : 0) | (result === 0n ? ZF : 0) | (sign ? SF : 0);
}

function sum(a: bigint, b: bigint, c: bigint, size: Size): Outcome {
  const result = BigInt.asUintN(size, a + b + c);
  const signed = BigInt.asIntN(size, a) + BigInt.asIntN(size, b) + c;
  let flags = shape(result, size);
  if (a + b + c !== result) flags |= CF;
  if (BigInt.asIntN(size, result) !== signed) flags |= OF;
  if ((a & 15n) + (b & 15n) + c > 15n) flags |= AF;
  return { result, flags, defined: ALL };
}

function difference(a: bigint, b: bigint, c: bigint, size: Size): Outcome {
  const result = BigInt.asUintN(size, a - b - c);
  const signed = BigInt.asIntN(size, a) - BigInt.asIntN(size, b) - c;
  let flags = shape(result, size);
  if (a < b + c) flags |= CF;
  if (BigInt.asIntN(size, result) !== signed) flags |= OF;
  if ((a & 15n) < (b & 15n) + c) flags |= AF;
  return { result, flags, defined: ALL };
}

function bits(result: bigint, size: Size): Outcome {
  return { result, flags: shape(result, size), defined: ALL & ~AF };
}

/** Shifts by cl: the count is cut, 0 changes nothing, and OF is defined for 1 only. */
function shift(
  move: (
    a: bigint,
    count: bigint,
    size: Size,
  ) => { readonly result: bigint; readonly out: bigint; readonly over: bigint },
): Model['compute'] {
  return (a, b, carry, size) => {
    const count = b & (size === 64 ? 63n : 31n);
    if (count === 0n) return { result: a, flags: Number(carry), defined: ALL };
    const { result, out, over } = move(a, count, size);
    const flags = shape(result, size) | (out & 1n ? CF : 0) | (over & 1n ? OF : 0);
    const carryDefined = count <= BigInt(size) ? CF : 0;
    return { result, flags, defined: PF | ZF | SF | carryDefined | (count === 1n ? OF : 0) };
  };
}

const top = (value: bigint, size: Size) => (value >> BigInt(size - 1)) & 1n;

const two = (name: string, opcode: number, compute: Model['compute'], stores = true): Model => ({
  name,
  opcode,
  modrm: 0xc8,
  stores,
  compute,
});
const one = (name: string, opcode: number, extension: number, compute: Model['compute']): Model => ({
  name,
  opcode,
  modrm: 0xc0 | (extension << 3),
  stores: true,
  compute,
});

function keepingCarry(compute: Model['compute']): Model['compute'] {
  return (a, b, carry, size) => {
    const { result, flags, defined } = compute(a, b, carry, size);
    return { result, flags: (flags & ~CF) | Number(carry), defined };
  };
}

export const models: readonly Model[] = [
  two('add', 0x01, (a, b, _c, size) => sum(a, b, 0n, size)),
  two('adc', 0x11, sum),
  two('sub', 0x29, (a, b, _c, size) => difference(a, b, 0n, size)),
  two('sbb', 0x19, difference),
  two('cmp', 0x39, (a, b, _c, size) => difference(a, b, 0n, size), false),
  two('and', 0x21, (a, b, _c, size) => bits(a & b, size)),
  two('or', 0x09, (a, b, _c, size) => bits(a | b, size)),
  two('xor', 0x31, (a, b, _c, size) => bits(a ^ b, size)),
  two('test', 0x85, (a, b, _c, size) => bits(a & b, size), false),
  one(
    'inc',
    0xff,
    0,
    keepingCarry((a, _b, _c, size) => sum(a, 1n, 0n, size)),
  ),
  one(
    'dec',
    0xff,
    1,
    keepingCarry((a, _b, _c, size) => difference(a, 1n, 0n, size)),
  ),
  one('neg', 0xf7, 3, (a, _b, _c, size) => difference(0n, a, 0n, size)),
  one('not', 0xf7, 2, (a, _b, c, size) => ({
    result: BigInt.asUintN(size, ~a),
    flags: Number(c),
    defined: ALL & ~PF & ~ZF & ~SF,
  })),
  one(
    'shl',
    0xd3,
    4,
    shift((a, n, size) => {
      const wide = a << n;
      const result = BigInt.asUintN(size, wide);
      return { result, out: wide >> BigInt(size), over: top(result, size) ^ ((wide >> BigInt(size)) & 1n) };
    }),
  ),
  one(
    'shr',
    0xd3,
    5,
    shift((a, n, size) => ({ result: a >> n, out: a >> (n - 1n), over: top(a, size) })),
  ),
  one(
    'sar',
    0xd3,
    7,
    shift((a, n, size) => {
      const signed = BigInt.asIntN(size, a);
      return { result: BigInt.asUintN(size, signed >> n), out: signed >> (n - 1n), over: 0n };
    }),
  ),
];
