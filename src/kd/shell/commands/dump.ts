import { dumpKind, dumpLines, stringLines } from '../dump-text.js';
import { takeRange } from '../range.js';
import { CommandError, type ShellCommand } from '../shell-context.js';

/** Bytes that `d` shows when nothing says how many. */
const DEFAULT_BYTES = 128;
/** Bytes of a string whose end is not found before. */
const STRING_BYTES = 512;
/** A mistyped length must not keep a server halted for an hour. */
const MOST_BYTES = 0x10_0000;

/** `db dw dd dq dp dc da du [address [L count | end]]`; `d` goes on where the last one ended. */
export const dumpCommand: ShellCommand = {
  words: ['d', 'db', 'dw', 'dd', 'dq', 'dp', 'dc', 'da', 'du'],
  async run(context, word, rest) {
    const { screen, known, dump, stop } = context;
    const letter = word[1] ?? dump.kind;
    const string = letter === 'a' || letter === 'u';
    const kind = string ? undefined : dumpKind(letter, known.architecture);
    if (!kind && !string) throw new CommandError(`Syntax error at '${word}'`);
    const range = await takeRange(rest, kind?.bytes ?? (letter === 'u' ? 2 : 1), context, dump.address ?? stop.at);
    if (range.rest !== '') throw new CommandError(`Extra character error at '${range.rest}'`);
    const { address, bytes: length = string ? STRING_BYTES : DEFAULT_BYTES } = range;
    if (length > MOST_BYTES) throw new CommandError(`Range error in '${rest}'`);
    dump.kind = letter;
    const bytes = await known.memory.read(address, length);
    if (!kind) {
      screen.lines(stringLines(address, bytes, letter === 'u', known.architecture));
      dump.address = address + BigInt(bytes.length);
      return;
    }
    screen.lines(dumpLines(kind, address, bytes, length, known.architecture));
    dump.address = address + BigInt(length);
  },
};
