import type { Bus } from './bus.js';
import { FLAG } from './flags.js';

const HIGH = 4_294_967_296;

/**
 * A processor's state as the interpreter keeps it. A 64-bit register is two signed halves; on x86 the upper ones stay 0.
 * Values travel as a lower half, with the upper half of a 64-bit one in `h`.
 */
export class Cpu {
  readonly lo = new Int32Array(16);
  readonly hi = new Int32Array(16);
  h = 0;
  /** Where the memory operand of the instruction at work lies: kept from its load for its store. */
  at = 0;
  ip = 0;
  cf = 0;
  zf = 0;
  sf = 0;
  of = 0;
  af = 0;
  df = 0;
  /** The byte whose parity is PF. */
  parity = 0;
  /** The flags that are no results: TF, IF, RF, IOPL and so on, and bit 1. Set by `setFlags` only. */
  system = 2;
  cs = 0;
  ds = 0;
  es = 0;
  fs = 0;
  gs = 0;
  ss = 0;
  fsBase = 0;
  gsBase = 0;
  kernelGsBase = 0;
  /** Where syscall, or sysenter on x86, goes. */
  systemCall = 0;
  pcr = 0;
  halted = false;
  /** Something happened since the last hlt, which then does not halt. */
  woken = false;
  /** Every instruction is to be looked at: TF or RF is set, or debug registers are. */
  attention = false;
  breakpoints = false;
  /** Bits of dr6 for the data breakpoints that the instruction at work has met. */
  watched = 0;
  cycles = 0;

  constructor(
    readonly wide: boolean,
    readonly bus: Bus,
  ) {}

  get user(): boolean {
    return (this.cs & 3) !== 0;
  }

  address(register: number): number {
    const low = (this.lo[register] as number) >>> 0;
    return this.wide ? (this.hi[register] as number) * HIGH + low : low;
  }

  setAddress(register: number, address: number): void {
    this.lo[register] = address | 0;
    this.hi[register] = this.wide ? Math.floor(address / HIGH) : 0;
  }

  /** An address from a value just read. */
  target(low: number): number {
    return this.wide ? this.h * HIGH + (low >>> 0) : low >>> 0;
  }

  setTarget(address: number): number {
    this.h = Math.floor(address / HIGH);
    return address | 0;
  }

  push(low: number, high: number): void {
    if (this.wide) {
      const at = this.address(4) - 8;
      this.bus.write32(at, low);
      this.bus.write32(at + 4, high);
      this.setAddress(4, at);
    } else {
      const at = (this.address(4) - 4) >>> 0;
      this.bus.write32(at, low);
      this.lo[4] = at;
    }
  }

  pushAddress(address: number): void {
    this.push(address | 0, Math.floor(address / HIGH));
  }

  pop(): number {
    const at = this.address(4);
    const low = this.bus.read32(at);
    this.h = this.wide ? this.bus.read32(at + 4) : 0;
    this.setAddress(4, this.wide ? at + 8 : (at + 4) >>> 0);
    return low;
  }

  flags(): number {
    let even = this.parity ^ (this.parity >> 4);
    even = (0x9669 >> (even & 15)) & 1;
    const results = this.cf | (even << 2) | (this.af << 4) | (this.zf << 6) | (this.sf << 7) | (this.of << 11);
    return (this.system | results | (this.df << 10)) >>> 0;
  }

  setFlags(value: number): void {
    this.cf = value & 1;
    this.parity = value & 4 ? 0 : 1;
    this.af = (value >> 4) & 1;
    this.zf = (value >> 6) & 1;
    this.sf = (value >> 7) & 1;
    this.of = (value >> 11) & 1;
    this.df = (value >> 10) & 1;
    this.setSystem((value & FLAG.systemBits) | 2);
  }

  setSystem(value: number): void {
    this.system = value;
    this.attention = this.breakpoints || (value & (FLAG.tf | FLAG.rf)) !== 0;
  }
}
