import type { Instruction } from 'iced-x86';
import { firstInstruction, type Iced } from './iced.js';

// Instructions that do nothing but move a register, and what they do. Every other instruction is left to the processor.

/** What an instruction does, when it does nothing but move one register into another, or nothing at all. */
export interface RegisterEffect {
  /** Bytes of the instruction. */
  readonly length: number;
  /** By the names of the CONTEXT record; undefined for a `nop`. */
  readonly move: { readonly to: string; readonly from: string } | undefined;
}

/**
 * Reads the first instruction of some code: `mov edi,edi`, `mov ebp,esp`, `nop`. It touches neither memory, flags, nor the stack
 * pointer, and can be done by setting registers.
 * @returns undefined for every other instruction
 */
export function registerEffect(code: Buffer, bits: 32 | 64): RegisterEffect | undefined {
  return firstInstruction(code, bits, (instruction, library) => effectOf(library, instruction, bits));
}

function effectOf(
  { Code, Mnemonic, OpKind, Register }: Iced,
  instruction: Instruction,
  bits: 32 | 64,
): RegisterEffect | undefined {
  const { length, code } = instruction;
  if (instruction.mnemonic === Mnemonic.Nop) return { length, move: undefined };
  // Half a register of x64 would have its upper half cleared.
  const whole = bits === 32 ? [Code.Mov_r32_rm32, Code.Mov_rm32_r32] : [Code.Mov_r64_rm64, Code.Mov_rm64_r64];
  if (!whole.includes(code) || instruction.op0Kind !== OpKind.Register || instruction.op1Kind !== OpKind.Register)
    return undefined;
  const [to, from] = [instruction.op0Register, instruction.op1Register].map(
    (each) => Register[each]?.toLowerCase() ?? '',
  );
  if (to === undefined || from === undefined || to === 'esp' || to === 'rsp') return undefined;
  return { length, move: to === from ? undefined : { to, from } };
}
