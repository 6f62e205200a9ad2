import { formatAddress } from '../../kd-text/address.js';
import { readOriginalBytes } from '../control/known-target.js';
import type { ShellContext } from './shell-context.js';
import { addressText, disassemble, type InstructionText, symbolAt } from './text/place-text.js';

/** One instruction of a function, as kd shows it. */
export interface FlowInstruction extends InstructionText {
  readonly address: bigint;
  /** A jump leads here, or one ends right before: `uf` names the place. */
  readonly begins: boolean;
}

/** Code is read in pieces of so many bytes, each once: what is not needed of one costs less than another request. */
const PIECE = 256;
const LONGEST_INSTRUCTION = 15;
/** Functions are not longer than this; what leads on and on is none. */
const MOST = 6000;
const RETURNS = /^(?:ret|retn|retf|iret[dq]?|hlt|ud2|jmp|\?\?\?)$/;

/**
 * All instructions of a function, wherever its parts are: along its jumps, and not into other functions.
 * @param begin its first instruction
 * @throws LinkError
 */
export async function flowOf(context: ShellContext, begin: bigint): Promise<FlowInstruction[]> {
  const code = new CodePieces(context);
  const { bits } = context.known.architecture;
  const found = new Map<bigint, InstructionText>();
  const blocks = new Set([begin]);
  const todo = [begin];
  const isElsewhere = async (address: bigint): Promise<boolean> => {
    const name = await symbolAt(context, address);
    return address !== begin && (name === undefined || !/\+0x[0-9a-f]+$/.test(name));
  };
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    for (let at: bigint = next; !found.has(at) && found.size < MOST; ) {
      if (await isElsewhere(at)) break;
      const bytes = await code.at(at);
      if (bytes.length === 0) break;
      const shown = disassemble(bytes, at, bits);
      found.set(at, shown);
      const target = branchOf(shown);
      const behind: bigint = at + BigInt(Math.max(1, shown.length));
      if (target !== undefined) {
        if (!(await isElsewhere(target))) {
          blocks.add(target);
          todo.push(target);
        }
        blocks.add(behind);
      }
      if (RETURNS.test(shown.mnemonic) || isFastFail(shown)) break;
      at = behind;
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([address, shown]) => ({ ...shown, address, begins: blocks.has(address) }));
}

/** Operands with the names of what they stand for, as kd has them: `nt!PoolHitTag (fffff800`016530ec)`. */
export async function namedOperands(context: ShellContext, { mnemonic, operands }: InstructionText): Promise<string> {
  const branches = /^(?:j\w+|call|loop\w*)$/.test(mnemonic);
  const match = (branches ? /^0?([0-9A-F]{8,17})h$/ : /(?<=\[)0?([0-9A-F]{5,17})h(?=\])/).exec(operands);
  if (!match) return operands;
  const address = BigInt(`0x${match[1]}`);
  const name = await symbolAt(context, address);
  const text = formatAddress(addressText(address), context.known.architecture.bits);
  return operands.replace(match[0], name === undefined ? text : `${name} (${text})`);
}

function branchOf({ mnemonic, operands }: InstructionText): bigint | undefined {
  const target = /^(?:j\w+|loop\w*)$/.test(mnemonic) ? /^0?([0-9A-F]{1,17})h$/.exec(operands)?.[1] : undefined;
  return target === undefined ? undefined : BigInt(`0x${target}`);
}

function isFastFail({ mnemonic, operands }: InstructionText): boolean {
  return mnemonic === 'int' && operands === '29h';
}

class CodePieces {
  readonly #pieces = new Map<bigint, Buffer>();

  constructor(private readonly context: ShellContext) {}

  /** Enough bytes for an instruction, or what there is. */
  async at(address: bigint): Promise<Buffer> {
    const from = address - (address % BigInt(PIECE));
    const skipped = Number(address - from);
    const piece = await this.#piece(from);
    const rest = piece.subarray(skipped);
    if (rest.length >= LONGEST_INSTRUCTION || piece.length < PIECE) return rest;
    // It may end within: only one that does not is worth another request.
    const { length } = disassemble(rest, address, this.context.known.architecture.bits);
    if (length > 0) return rest;
    return Buffer.concat([rest, await this.#piece(from + BigInt(PIECE))]);
  }

  async #piece(from: bigint): Promise<Buffer> {
    const known = this.#pieces.get(from);
    if (known) return known;
    const read = await readOriginalBytes(this.context.known, from, PIECE);
    this.#pieces.set(from, read);
    return read;
  }
}
