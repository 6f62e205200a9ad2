// Which byte an int3 has replaced, told from known prologues. It guesses nothing, and writes nothing.

/**
 * An int3 that a debugger wrote into code and left there. The first byte of a function can be told from what follows it
 * for some prologues, and only those are here: `push r14; push rsi` and `push rsi` with a prefix go on alike, and so do the
 * stores of rcx and r9. What is not certain is left to a person.
 */
const PROLOGUES: readonly { readonly bits: 32 | 64; readonly rest: RegExp; readonly byte: number }[] = [
  // mov edi,edi; push ebp; mov ebp,esp
  { bits: 32, rest: /^ff55(?:8bec|89e5)/, byte: 0x8b },
  // push ebp; mov ebp,esp, in both encodings
  { bits: 32, rest: /^(?:8bec|89e5)/, byte: 0x55 },
  // mov [rsp+n],rbx|rbp|rsi|rdi: the registers that are saved in the home slots
  { bits: 64, rest: /^89(?:5c|6c|74|7c)24(?:08|10|18)/, byte: 0x48 },
  // mov rax,rsp; sub rsp,n
  { bits: 64, rest: /^(?:8bc4|83ec|81ec)/, byte: 0x48 },
  // mov r11,rsp
  { bits: 64, rest: /^8bdc/, byte: 0x4c },
];

const INT3 = 0xcc;

/**
 * The byte that an int3 has replaced.
 * @param code the code from the int3 on, as the target has it
 * @returns undefined when that cannot be told, e.g. because the int3 belongs there
 */
export function replacedByte(code: Buffer, bits: 32 | 64): number | undefined {
  if (code[0] !== INT3) return undefined;
  const rest = code.toString('hex', 1);
  return PROLOGUES.find((each) => each.bits === bits && each.rest.test(rest))?.byte;
}
