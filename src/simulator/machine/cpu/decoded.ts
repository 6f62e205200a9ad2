import type { Cpu } from './cpu.js';

/** What an instruction does, once it is known: ip already stands at the next instruction. */
export type DecodedOperation = (cpu: Cpu) => void;

/** A decoded instruction and the address after it. */
export class Decoded {
  constructor(
    readonly next: number,
    readonly run: DecodedOperation,
  ) {}
}
