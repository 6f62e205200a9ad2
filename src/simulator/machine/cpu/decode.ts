import { Decoder, DecoderOptions, Formatter, FormatterSyntax, type Instruction } from 'iced-x86';
import { calculating } from './arithmetic-instructions.js';
import type { Bus } from './bus.js';
import { flowing } from './control-flow.js';
import { moving } from './data-transfer.js';
import { Decoded, type DecodedOperation } from './decoded.js';
import type { Family } from './family.js';
import { multiplying } from './multiply-instructions.js';
import { PAGE, PageFault } from './pages.js';
import { shiftingFamily } from './shift-instructions.js';
import { CPU_STATUS, CpuStop } from './stops.js';
import { strings } from './strings.js';
import { system } from './system.js';

const FAMILIES: readonly Family[] = [moving, flowing, calculating, shiftingFamily, multiplying, strings, system];

/** May put something around an instruction, which is then done before it. */
export type Hook = (at: number, instruction: Instruction, run: DecodedOperation) => DecodedOperation;

/** The instruction there. An undefined one is a fault when it is run; one the interpreter lacks is an Error at once. */
export function decodeAt(bus: Bus, at: number, wide: boolean, hook?: Hook): Decoded {
  const offset = at & (PAGE - 1);
  const page = bus.page(at, false);
  let bytes: Uint8Array = page.bytes.subarray(offset, offset + 15);
  if (bytes.length < 15) {
    const next = bus.find(at - offset + PAGE);
    if (next) bytes = Buffer.concat([bytes, next.bytes.subarray(0, 15 - bytes.length)]);
  }
  const decoder = new Decoder(wide ? 64 : 32, bytes, DecoderOptions.None);
  decoder.ip = wide ? BigInt.asUintN(64, BigInt(at)) : BigInt(at);
  const instruction = decoder.decode();
  try {
    if (instruction.isInvalid) return invalid(at, bytes, offset);
    const next = at + instruction.length;
    const run = compile(instruction, wide);
    return new Decoded(wide ? next : next >>> 0, hook ? hook(at, instruction, run) : run);
  } finally {
    instruction.free();
    decoder.free();
  }
}

function invalid(at: number, bytes: Uint8Array, offset: number): Decoded {
  // Cut off by a page that is not there, it is the next page's fault.
  if (bytes.length < 15) throw new PageFault(at - offset + PAGE, false);
  return new Decoded(at, () => {
    throw new CpuStop('fault', CPU_STATUS.illegalInstruction);
  });
}

function compile(instruction: Instruction, wide: boolean): DecodedOperation {
  for (const family of FAMILIES) {
    const make = family.get(instruction.mnemonic);
    if (make) return make(instruction, wide);
  }
  throw new Error(`the interpreter has no instruction ${named(instruction)}`);
}

function named(instruction: Instruction): string {
  const formatter = new Formatter(FormatterSyntax.Intel);
  try {
    return `"${formatter.format(instruction)}" at ${instruction.ip.toString(16)}`;
  } finally {
    formatter.free();
  }
}
