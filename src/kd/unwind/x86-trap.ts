import { type ReadStack, readWords } from './read-stack.js';
import { type State86, sum, word } from './x86-state.js';

/** DbgArgMark, the third word of a KTRAP_FRAME, behind copies of EBP and EIP. */
const MARK = 0xbadb0d00n;
const EDI = 0x54;
const WORDS_FROM_EDI = 7;
const ESP_OF_KERNEL = 0x74;

/** A trap frame lies at that address. */
export async function isTrapFrame(stack: ReadStack, address: bigint): Promise<boolean> {
  return (await word(stack, sum(address, 8))) === MARK;
}

/** The registers that a KTRAP_FRAME holds. ESP is saved only where the mode changed; else the frame was built on the same stack. */
export async function fromTrapFrame(stack: ReadStack, address: bigint, now: State86): Promise<State86 | undefined> {
  const words = await readWords(stack, sum(address, EDI), WORDS_FROM_EDI, 4);
  if (!words) return undefined;
  const [edi = 0n, esi = 0n, ebx = 0n, ebp = 0n, , eip = 0n, cs = 0n] = words;
  const user = (cs & 3n) !== 0n;
  const kernelEsp = sum(address, ESP_OF_KERNEL);
  const esp = user ? await word(stack, kernelEsp) : kernelEsp;
  if (esp === undefined) return undefined;
  return { ...now, edi, esi, ebx, ebp, eip, esp, exact: true, calleeParams: 0 };
}
