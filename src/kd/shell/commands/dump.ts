import { readOriginalBytes } from '../../control/known-target.js';
import { takeRange } from '../expressions/range.js';
import { CommandError, type ShellCommand } from '../shell-context.js';
import { dumpKind, dumpLines, namedValues, stringLines } from '../text/dump-text.js';

/** Bytes that `d` shows when nothing says how many. */
const DEFAULT_BYTES = 128;
/** Bytes of a string whose end is not found before. */
const STRING_BYTES = 512;
/** A mistyped length must not keep a server halted for an hour. */
const MOST_BYTES = 0x10_0000;

/**
 * `db dw dd dq dp dc da du [address [L count | end]]`; `d` goes on where the last one ended. `dds dqs dps`: a value on each line,
 * with the name that it has as an address.
 */
export const dumpCommand: ShellCommand = {
  words: ['d', 'db', 'dw', 'dd', 'dq', 'dp', 'dc', 'da', 'du', 'dds', 'dqs', 'dps'],
  async run(context, word, rest) {
    const { screen, known, dump, stop, symbols } = context;
    const shown = word.slice(1) || dump.kind;
    const [letter = '', named] = shown;
    const string = letter === 'a' || letter === 'u';
    const kind = string ? undefined : dumpKind(letter, known.architecture);
    if (!kind && !string) throw new CommandError(`Syntax error at '${word}'`);
    const unit = kind?.bytes ?? (letter === 'u' ? 2 : 1);
    const range = await takeRange(rest, unit, context, dump.address ?? stop.at);
    if (range.rest !== '') throw new CommandError(`Extra character error at '${range.rest}'`);
    const { address, bytes: length = string ? STRING_BYTES : DEFAULT_BYTES } = range;
    if (length > MOST_BYTES) throw new CommandError(`Range error in '${rest}'`);
    dump.kind = shown;
    const bytes = await readOriginalBytes(known, address, length);
    if (!kind) {
      screen.lines(stringLines(address, bytes, letter === 'u', known.architecture));
      dump.address = address + BigInt(bytes.length);
      return;
    }
    // Line by line: a name may have to be asked for.
    if (named)
      for (const { line, value } of namedValues(kind, address, bytes, length, known.architecture)) {
        const name = value === undefined ? undefined : await symbols.nameAt(value);
        screen.line(name === undefined ? line : `${line} ${name}`);
      }
    else screen.lines(dumpLines(kind, address, bytes, length, known.architecture));
    dump.address = address + BigInt(length);
  },
};
