import type { FoundRecord } from './frame-record.js';
import { type ReadStack, readWord } from './read-stack.js';

/** The registers of one frame that survive a call. */
export interface State86 {
  readonly eip: bigint;
  readonly esp: bigint;
  readonly ebp: bigint;
  /** Undefined where they were not read, which goes for the next two as well. */
  readonly ebx: bigint | undefined;
  readonly esi: bigint | undefined;
  readonly edi: bigint | undefined;
  /** Stopped or interrupted there, rather than called something. */
  readonly exact: boolean;
  /** Bytes of parameters at ESP that the function called took, and that are no part of this frame. */
  readonly calleeParams: number;
}

/** A frame unwound: where its return address lies, and the registers of its caller. */
export interface Unwound86 {
  readonly slot: bigint;
  readonly caller: State86;
}

/** What a walk has to know of x86 code. */
export interface Code86 {
  /** What the PDB has about an address. */
  recordAt(pc: bigint): Promise<FoundRecord | undefined>;
  /** An address lies in the code of a module. */
  isCode(address: bigint): Promise<boolean>;
  /** Code, without a debugger's breakpoints in it; shorter where it cannot be read. */
  bytes(address: bigint, length: number): Promise<Buffer>;
  /** An address is where a function begins, as symbols know it. */
  isStart(address: bigint): Promise<boolean>;
  /** An address lies in a module whose symbols are there. Where they are not, kd warns. */
  isKnown(address: bigint): Promise<boolean>;
}

export function word(stack: ReadStack, address: bigint): Promise<bigint | undefined> {
  return readWord(stack, address, 4);
}

export function sum(value: bigint, bytes: number): bigint {
  return BigInt.asUintN(32, value + BigInt(bytes));
}

/** What a return does, from the address of the return address. */
export async function returned(
  stack: ReadStack,
  slot: bigint,
  registers: State86,
  calleeParams: number,
): Promise<Unwound86 | undefined> {
  const eip = await word(stack, slot);
  if (eip === undefined) return undefined;
  return { slot, caller: { ...registers, eip, esp: sum(slot, 4), exact: false, calleeParams } };
}
