import type { Decoder, Formatter, Instruction } from 'iced-x86';
import type { Address } from '../../../kd-text/address.js';
import { type Iced, iced } from '../../control/breakpoints/iced.js';
import type { Scene } from '../shell-context.js';

let formatter: Formatter | undefined;

function formatterOf(library: Iced): Formatter {
  if (formatter) return formatter;
  const made = new library.Formatter(library.FormatterSyntax.Masm);
  made.firstOperandCharIndex = 8;
  made.uppercaseHex = true;
  made.hexSuffix = 'h';
  made.spaceAfterOperandSeparator = false;
  made.showBranchSize = false;
  made.ripRelativeAddresses = false;
  made.memorySizeOptions = library.MemorySizeOptions.Always;
  formatter = made;
  return made;
}

/** One instruction as kd shows it. */
export interface InstructionText {
  /** Opcode bytes in hex. */
  readonly bytes: string;
  readonly mnemonic: string;
  readonly operands: string;
  /** Bytes of the instruction; 0 when they are none. */
  readonly length: number;
  /** It comes back behind itself: a call, or a string instruction that repeats itself. */
  readonly returns: boolean;
}

/** Disassembles the first instruction of some code. What is none shows as `???`, as in kd. */
export function disassemble(code: Buffer, address: bigint, bits: 32 | 64): InstructionText {
  const library = iced();
  const decoder: Decoder = new library.Decoder(bits, code, library.DecoderOptions.None);
  decoder.ip = address;
  const instruction: Instruction = decoder.decode();
  try {
    const known = instruction.code !== library.Code.INVALID;
    const [mnemonic, operands] = words(instruction, library);
    return {
      bytes: code.toString('hex', 0, known ? instruction.length : 1),
      mnemonic: known ? mnemonic : '???',
      operands: known ? operands : '',
      length: known ? instruction.length : 0,
      returns: known && comesBack(instruction, library),
    };
  } finally {
    instruction.free();
    decoder.free();
  }
}

/** As kd has them: an exchange of ax with itself is a nop, and a prefix that names a segment is shown where it does nothing. */
function words(instruction: Instruction, library: Iced): readonly [mnemonic: string, operands: string] {
  const { code, segmentPrefix } = instruction;
  const { Code, Register } = library;
  if (code === Code.Nopw) return ['nop', ''];
  const text = formatterOf(library).format(instruction);
  const [mnemonic = '', operands = ''] = text.split(/\s+(.*)/s);
  const shown = segmentPrefix !== Register.None && !operands.includes(':');
  const segment = Register[segmentPrefix]?.toLowerCase();
  return [mnemonic, shown ? operands.trim().replace('[', `${segment}:[`) : operands.trim()];
}

function comesBack(instruction: Instruction, { FlowControl }: Iced): boolean {
  const repeats = instruction.hasRepPrefix || instruction.hasRepnePrefix;
  return (
    [FlowControl.Call, FlowControl.IndirectCall].includes(instruction.flowControl) ||
    (repeats && instruction.isStringInstruction)
  );
}

/** An address as the text rooms take it. */
export function addressText(address: bigint): Address {
  return address.toString(16).padStart(16, '0');
}

/** The kernel and the HAL come first in the list; whatever lies behind them is not worth halted time. */
const ENTRIES_WORTH_ASKING = 2;

/** `nt!Name+0x12`, `nt+0x179784`; undefined where no module is known to lie. */
export function symbolAt({ symbols }: Scene, address: bigint): Promise<string | undefined> {
  return symbols.nameAt(address, ENTRIES_WORTH_ASKING);
}
