import { createRequire } from 'node:module';
import type { Instruction } from 'iced-x86';

// The disassembler, loaded when it is first needed. Text of instructions for people is in shell/text.

export type Iced = typeof import('iced-x86');

let library: Iced | undefined;

/** The disassembler: a WebAssembly module of almost a megabyte, loaded with the first instruction. */
export function iced(): Iced {
  library ??= createRequire(import.meta.url)('iced-x86') as Iced;
  return library;
}

/**
 * Bytes of the first instruction of some code, if the next one is executed behind it; undefined for one that jumps, calls, returns
 * or traps.
 */
export function straightBytes(code: Buffer, bits: 32 | 64): number | undefined {
  return firstInstruction(code, bits, ({ length, flowControl, isInvalid }, { FlowControl }) =>
    !isInvalid && flowControl === FlowControl.Next ? length : undefined,
  );
}

/** Decodes the first instruction of some code, for as long as `read` looks at it. */
export function firstInstruction<T>(code: Buffer, bits: 32 | 64, read: (found: Instruction, library: Iced) => T): T {
  const iced86 = iced();
  const decoder = new iced86.Decoder(bits, code, iced86.DecoderOptions.None);
  const instruction = decoder.decode();
  try {
    return read(instruction, iced86);
  } finally {
    instruction.free();
    decoder.free();
  }
}
