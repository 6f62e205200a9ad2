/**
 * What is known of a register or a cell of memory, in kd's words for it where the walk began: `sign * base + plus`. An empty base is
 * a number. A table is an address within the kernel's tables of tags, whichever entry it is.
 */
export type Value =
  | { readonly kind: 'known'; readonly base: string; readonly negative: boolean; readonly plus: bigint }
  | { readonly kind: 'table' }
  /** Only the lowest bits are known. */
  | { readonly kind: 'low'; readonly bits: number; readonly value: Known }
  | undefined;

export type Known = {
  readonly kind: 'known';
  readonly base: string;
  readonly negative: boolean;
  readonly plus: bigint;
};

export const TABLE: Value = { kind: 'table' };

/** Expressions longer than this are not worth it. */
const LONGEST = 120;

export function known(base: string, plus = 0n): Known {
  return { kind: 'known', base, negative: false, plus };
}

export function constant(value: bigint): Known {
  return known('', value);
}

export function isConstant(value: Value): value is Known & { readonly base: '' } {
  return value?.kind === 'known' && value.base === '';
}

export function same(a: Value, b: Value): boolean {
  if (a === undefined || b === undefined || a.kind !== b.kind) return a === b;
  if (a.kind === 'low' && b.kind === 'low') return a.bits === b.bits && same(a.value, b.value);
  if (a.kind !== 'known' || b.kind !== 'known') return true;
  return a.base === b.base && a.plus === b.plus && a.negative === b.negative;
}

/** As kd takes it. Numbers are written so that no kd takes them for negative ones. */
export function valueText({ base, negative, plus }: Known): string {
  const bare = base === '' ? '' : negative ? `(0-${base})` : base;
  if (bare === '') return plus < 0n ? `(0-${hex(-plus)})` : hex(plus);
  if (plus === 0n) return bare;
  return plus < 0n ? `(${bare}-${hex(-plus)})` : `(${bare}+${hex(plus)})`;
}

export function hex(value: bigint): string {
  return value > 0x7fff_ffffn
    ? `0x${(value >> 32n).toString(16)}\`${(value & 0xffff_ffffn).toString(16).padStart(8, '0')}`
    : `0x${value.toString(16)}`;
}

export function negated(value: Value): Value {
  if (value?.kind !== 'known') return undefined;
  return { ...value, negative: value.base !== '' && !value.negative, plus: -value.plus };
}

export function sum(a: Value, b: Value): Value {
  if (a?.kind === 'table' || b?.kind === 'table') return TABLE;
  if (a?.kind !== 'known' || b?.kind !== 'known') return undefined;
  if (b.base === '') return { ...a, plus: a.plus + b.plus };
  if (a.base === '') return { ...b, plus: a.plus + b.plus };
  return short(known(`(${valueText(a)}+${valueText(b)})`));
}

/** Times a scale of an address. */
export function times(value: Value, scale: bigint): Value {
  if (scale === 1n) return value;
  if (value?.kind !== 'known') return undefined;
  return value.base === '' ? constant(value.plus * scale) : short(known(`(${valueText(value)}*${hex(scale)})`));
}

type Operator = '&' | '|' | '<<' | '>>' | '^';

export function combined(a: Value, operator: Operator, b: Value, bits: number): Value {
  if (a?.kind !== 'known' || b?.kind !== 'known') return undefined;
  if (a.base === '' && b.base === '') return constant(BigInt.asUintN(bits, apply(a.plus, operator, b.plus, bits)));
  const count = b.base === '' ? b.plus & BigInt(bits - 1) : undefined;
  if (operator === '<<' || operator === '>>') {
    if (count === undefined)
      return short(known(`(${valueText(a)}${operator}(${valueText(b)}&${hex(BigInt(bits - 1))}))`));
    return short(known(`(${valueText(a)}${operator}${hex(count)})`));
  }
  return short(known(`(${valueText(a)}${operator}${valueText(unsigned(b, bits))})`));
}

function unsigned(value: Known, bits: number): Known {
  return value.base === '' ? constant(BigInt.asUintN(bits, value.plus)) : value;
}

function apply(a: bigint, operator: Operator, b: bigint, bits: number): bigint {
  switch (operator) {
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return a << (b & BigInt(bits - 1));
    case '>>':
      return BigInt.asUintN(bits, a) >> (b & BigInt(bits - 1));
  }
}

/** Its lowest bits, the others being zero. */
export function lowest(value: Value, bits: number): Value {
  if (value?.kind === 'low') return value.bits === bits ? value.value : undefined;
  if (value?.kind !== 'known') return undefined;
  if (value.base === '') return constant(BigInt.asUintN(bits, value.plus));
  // What was read as so few bits has no others.
  const widest = /^by\(/.test(value.base) ? 8 : /^wo\(/.test(value.base) ? 16 : /^dwo\(/.test(value.base) ? 32 : 64;
  if (widest <= bits && value.plus === 0n && !value.negative) return value;
  const mask = hex((1n << BigInt(bits)) - 1n);
  if (value.base.endsWith(`&${mask})`) && value.plus === 0n && !value.negative) return value;
  return short(known(`(${valueText(value)}&${mask})`));
}

function short(value: Known): Value {
  return value.base.length > LONGEST ? undefined : value;
}
