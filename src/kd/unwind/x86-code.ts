import type { ReadStack } from './read-stack.js';
import { type Code86, returned, type State86, sum, type Unwound86, word } from './x86-state.js';

/** As many bytes of code as a stop reports, so that nothing has to be read; the end of a function takes no more. */
const AHEAD = 16;
/** The pops that matter, by opcode; EAX, ECX and EDX hold nothing of the caller's. */
const SAVED: Readonly<Record<number, 'ebx' | 'ebp' | 'esi' | 'edi'>> = { 91: 'ebx', 93: 'ebp', 94: 'esi', 95: 'edi' };

/**
 * Finds the caller where a function has just begun or is about to return, by its instructions: EBP is not yet, or no more, what
 * frame data says. Only for where something was stopped or interrupted.
 * @param params bytes of parameters that the function takes, as far as known
 * @returns undefined anywhere else
 */
export async function unwindByCode(
  state: State86,
  params: number,
  code: Code86,
  stack: ReadStack,
): Promise<Unwound86 | undefined> {
  const here = await code.bytes(state.eip, AHEAD);
  if (isPrologue(here) || (await code.isStart(state.eip))) return returned(stack, state.esp, state, params);
  if (isMoveToEbp(here) && (await code.bytes(state.eip - 1n, 1))[0] === 0x55) {
    const ebp = await word(stack, state.esp);
    return ebp === undefined ? undefined : returned(stack, sum(state.esp, 4), { ...state, ebp }, params);
  }
  return runToReturn(here, state, stack);
}

/** `push ebp; mov ebp, esp`, also behind the two bytes that a hot patch replaces. */
function isPrologue(code: Buffer): boolean {
  const patch = (code[0] === 0x8b && code[1] === 0xff) || (code[0] === 0x89 && code[1] === 0xff) ? 2 : 0;
  return code[patch] === 0x55 && isMoveToEbp(code.subarray(patch + 1));
}

function isMoveToEbp(code: Buffer): boolean {
  return (code[0] === 0x8b && code[1] === 0xec) || (code[0] === 0x89 && code[1] === 0xe5);
}

/** Does what is left of the function, if that is nothing but taking its frame down. */
async function runToReturn(code: Buffer, state: State86, stack: ReadStack): Promise<Unwound86 | undefined> {
  const registers: { -readonly [name in keyof State86]: State86[name] } = { ...state };
  let taken = false;
  for (let at = 0; at < code.length; ) {
    const [first = 0, second = 0] = code.subarray(at, at + 2);
    const left = code.length - at;
    if (first === 0xc3) return returned(stack, registers.esp, registers, 0);
    if (first === 0xc2)
      return left < 3 ? undefined : returned(stack, registers.esp, registers, code.readUInt16LE(at + 1));
    // A jump ends a function only behind its epilogue: elsewhere it stays within.
    if (taken && (first === 0xe9 || first === 0xeb || (first === 0xff && second === 0x25)))
      return returned(stack, registers.esp, registers, 0);
    if (first >= 0x58 && first <= 0x5f && first !== 0x5c) {
      const value = await word(stack, registers.esp);
      if (value === undefined) return undefined;
      const name = SAVED[first];
      if (name) registers[name] = value;
      taken ||= name === 'ebp';
      registers.esp = sum(registers.esp, 4);
      at += 1;
    } else if (first === 0xc9) {
      const ebp = await word(stack, registers.ebp);
      if (ebp === undefined) return undefined;
      Object.assign(registers, { esp: sum(registers.ebp, 4), ebp });
      taken = true;
      at += 1;
    } else {
      const moved = moveEsp(code.subarray(at), registers);
      const bytes = moved?.bytes ?? harmless(first, second);
      if (bytes === undefined || bytes > left) return undefined;
      if (moved) registers.esp = moved.esp;
      at += bytes;
    }
  }
  return undefined;
}

/** `add esp`, `mov esp, ebp`, `lea esp, [ebp + n]`. */
function moveEsp(code: Buffer, { esp, ebp }: State86): { readonly bytes: number; readonly esp: bigint } | undefined {
  if (code.length < 6) return undefined;
  const two = code.readUInt16BE(0);
  if (two === 0x83c4) return { bytes: 3, esp: sum(esp, code.readInt8(2)) };
  if (two === 0x81c4) return { bytes: 6, esp: sum(esp, code.readInt32LE(2)) };
  if (two === 0x8be5 || two === 0x89ec) return { bytes: 2, esp: ebp };
  if (two === 0x8d65) return { bytes: 3, esp: sum(ebp, code.readInt8(2)) };
  if (two === 0x8da5) return { bytes: 6, esp: sum(ebp, code.readInt32LE(2)) };
  return undefined;
}

/** What compilers put between the steps of an epilogue, results into EAX, ECX or EDX: its length in bytes. */
function harmless(first: number, second: number): number | undefined {
  if (first >= 0xb8 && first <= 0xba) return 5;
  if (second < 0xc0) return undefined;
  const [destination, source] = [(second >> 3) & 7, second & 7];
  if ((first === 0x8b || first === 0x33) && destination <= 2) return 2;
  return (first === 0x89 || first === 0x31) && source <= 2 ? 2 : undefined;
}
