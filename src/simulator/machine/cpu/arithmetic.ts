import type { Cpu } from './cpu.js';
import type { Size } from './operands.js';

const MAX = 4_294_967_295;

/** Two values as halves and a carry in; gives the lower half, the upper one in `cpu.h`, and sets the flags. */
export type Arithmetic = (cpu: Cpu, a: number, ah: number, b: number, bh: number, carry: number) => number;

const add64: Arithmetic = (cpu, a, ah, b, bh, carry) => {
  const low = (a >>> 0) + (b >>> 0) + carry;
  const high = (ah >>> 0) + (bh >>> 0) + (low > MAX ? 1 : 0);
  const r = low | 0;
  const rh = high | 0;
  cpu.cf = high > MAX ? 1 : 0;
  cpu.of = ((ah ^ rh) & (bh ^ rh)) >>> 31;
  return results64(cpu, a, b, r, rh);
};

const add32: Arithmetic = (cpu, a, _ah, b, _bh, carry) => {
  const low = (a >>> 0) + (b >>> 0) + carry;
  const r = low | 0;
  cpu.cf = low > MAX ? 1 : 0;
  cpu.of = ((a ^ r) & (b ^ r)) >>> 31;
  return results32(cpu, a, b, r);
};

const sub64: Arithmetic = (cpu, a, ah, b, bh, carry) => {
  const low = (a >>> 0) - (b >>> 0) - carry;
  const high = (ah >>> 0) - (bh >>> 0) - (low < 0 ? 1 : 0);
  const r = low | 0;
  const rh = high | 0;
  cpu.cf = high < 0 ? 1 : 0;
  cpu.of = ((ah ^ bh) & (ah ^ rh)) >>> 31;
  return results64(cpu, a, b, r, rh);
};

const sub32: Arithmetic = (cpu, a, _ah, b, _bh, carry) => {
  const low = (a >>> 0) - (b >>> 0) - carry;
  const r = low | 0;
  cpu.cf = low < 0 ? 1 : 0;
  cpu.of = ((a ^ b) & (a ^ r)) >>> 31;
  return results32(cpu, a, b, r);
};

function small(bits: number, subtract: boolean): Arithmetic {
  const mask = 2 ** bits - 1;
  return (cpu, a, _ah, b, _bh, carry) => {
    const sum = subtract ? (a & mask) - (b & mask) - carry : (a & mask) + (b & mask) + carry;
    const r = sum & mask;
    cpu.cf = sum < 0 || sum > mask ? 1 : 0;
    cpu.of = ((subtract ? (a ^ b) & (a ^ r) : (a ^ r) & (b ^ r)) >> (bits - 1)) & 1;
    cpu.af = ((a ^ b ^ r) >> 4) & 1;
    return logical(cpu, r, bits);
  };
}

function results64(cpu: Cpu, a: number, b: number, r: number, rh: number): number {
  cpu.af = ((a ^ b ^ r) >>> 4) & 1;
  cpu.zf = (r | rh) === 0 ? 1 : 0;
  cpu.sf = rh >>> 31;
  cpu.parity = r & 0xff;
  cpu.h = rh;
  return r;
}

function results32(cpu: Cpu, a: number, b: number, r: number): number {
  cpu.af = ((a ^ b ^ r) >>> 4) & 1;
  cpu.zf = r === 0 ? 1 : 0;
  cpu.sf = r >>> 31;
  cpu.parity = r & 0xff;
  return r;
}

function logical(cpu: Cpu, r: number, bits: number): number {
  cpu.zf = r === 0 ? 1 : 0;
  cpu.sf = (r >>> (bits - 1)) & 1;
  cpu.parity = r & 0xff;
  return r;
}

export const addition: Record<Size, Arithmetic> = {
  8: small(8, false),
  16: small(16, false),
  32: add32,
  64: add64,
};

export const subtraction: Record<Size, Arithmetic> = {
  8: small(8, true),
  16: small(16, true),
  32: sub32,
  64: sub64,
};

/** ZF, SF and PF of a result, as and, or, xor, test and shifts set them. */
export function setResult(cpu: Cpu, size: Size, r: number, rh: number): void {
  if (size === 64) {
    cpu.zf = (r | rh) === 0 ? 1 : 0;
    cpu.sf = rh >>> 31;
    cpu.parity = r & 0xff;
    cpu.h = rh;
  } else {
    logical(cpu, r, size);
  }
}
