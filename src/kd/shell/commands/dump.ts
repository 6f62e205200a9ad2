import { dumpKind, dumpLines, stringLines } from '../dump-text.js';
import { evaluate, takeExpression } from '../expression.js';
import { CommandError, type ShellCommand, type ShellContext } from '../shell-context.js';

/** Bytes that `d` shows when nothing says how many. */
const DEFAULT_BYTES = 128;
/** A mistyped length must not keep a server halted for an hour. */
const MOST_BYTES = 0x10_0000;

/** `db dw dd dq dp dc da du [address [L count | end]]`; `d` goes on where the last one ended. */
export const dumpCommand: ShellCommand = {
  words: ['d', 'db', 'dw', 'dd', 'dq', 'dp', 'dc', 'da', 'du'],
  async run(context, word, rest) {
    const { screen, known, dump } = context;
    const letter = word[1] ?? dump.kind;
    const { address, count } = await rangeOf(context, rest);
    dump.kind = letter;
    if (letter === 'a' || letter === 'u') {
      const bytes = await known.memory.read(address, (count ?? 256) * (letter === 'u' ? 2 : 1));
      screen.lines(stringLines(address, bytes, letter === 'u', known.architecture));
      dump.address = address + BigInt(bytes.length);
      return;
    }
    const kind = dumpKind(letter, known.architecture);
    if (!kind) throw new CommandError(`Syntax error at '${word}'`);
    const length = count === undefined ? DEFAULT_BYTES : count * kind.bytes;
    if (length > MOST_BYTES) throw new CommandError(`Range error in '${rest}'`);
    const bytes = await known.memory.read(address, length);
    screen.lines(dumpLines(kind, address, bytes, length, known.architecture));
    dump.address = address + BigInt(length);
  },
};

/** Where, and how many units: `L` counts them, a second address is the last one shown. */
async function rangeOf(context: ShellContext, text: string): Promise<{ address: bigint; count?: number }> {
  const { dump, stop } = context;
  const range = /^(.*?)\s+[lL]\s*\??\s*(\S+)\s*$/s.exec(` ${text}`);
  const { expression, rest } = takeExpression(range?.[1] ?? text);
  const address = expression === '' ? (dump.address ?? stop.pc) : await evaluate(expression, context);
  if (range?.[2] !== undefined) return { address, count: Number(await evaluate(range[2], context)) };
  if (rest === '') return { address };
  const end = await evaluate(rest, context);
  if (end < address) throw new CommandError(`Range error in '${text}'`);
  return { address, count: Number(end - address) + 1 };
}
