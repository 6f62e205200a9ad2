import { takeQuoted } from '../../../kd-text/split-commands.js';
import { takeRange } from '../expressions/range.js';
import { valueBytes } from '../expressions/values.js';
import { CommandError, type ShellCommand, type ShellContext } from '../shell-context.js';
import { type DumpKind, dumpLines } from '../text/dump-text.js';

const PAGE = 0x1000n;
/** Bytes that a match is shown with. */
const SHOWN = 16;

const KINDS: Readonly<Record<string, DumpKind>> = {
  b: { bytes: 1, perLine: 16, characters: true },
  a: { bytes: 1, perLine: 16, characters: true },
  w: { bytes: 2, perLine: 8, characters: true },
  u: { bytes: 2, perLine: 8, characters: true },
  d: { bytes: 4, perLine: 4, characters: true },
  q: { bytes: 8, perLine: 2, characters: false },
};

/** `s [-[1]b|w|d|q|a|u] range pattern`: where memory has the pattern. `-[1]` gives addresses alone. */
export const searchCommand: ShellCommand = {
  words: ['s'],
  async run(context, _word, rest) {
    const { screen, known } = context;
    const [option = '', flags = '', letter = 'b'] = /^-(?:\[([^\]]*)\])?([a-z]*)\s*/i.exec(rest) ?? [];
    const kind = KINDS[letter || 'b'];
    if (!kind || /[^1]/.test(flags))
      throw new CommandError(`${option.trim()} is not supported by this kd: s -b -w -d -q -a -u`);
    const text = rest.slice(option.length);
    const { address, bytes, rest: given } = await takeRange(text, kind.bytes, context);
    if (bytes === undefined) throw new CommandError(`Range error in '${text.trim()}'`);
    const pattern = await patternOf(given, letter, kind, context);
    for await (const found of matches(context, address, BigInt(bytes), pattern, kind.bytes)) {
      if (flags.includes('1')) screen.line(`0x${found.toString(16).padStart(known.architecture.bits / 4, '0')}`);
      else screen.lines(dumpLines(kind, found, await known.memory.read(found, SHOWN), SHOWN, known.architecture));
    }
  },
};

async function patternOf(text: string, letter: string, { bytes }: DumpKind, context: ShellContext): Promise<Buffer> {
  if (letter !== 'a' && letter !== 'u') return valueBytes(text, bytes, context);
  const string = takeQuoted(text)?.quoted ?? text.trim();
  if (string === '') throw new CommandError(`Syntax error at '${text}'`);
  return Buffer.from(string, letter === 'u' ? 'utf16le' : 'latin1');
}

/** Page by page; what is not there is passed over. */
async function* matches(
  { known, target, stop }: ShellContext,
  from: bigint,
  length: bigint,
  pattern: Buffer,
  unit: number,
): AsyncGenerator<bigint> {
  const end = from + length;
  let before = Buffer.alloc(0);
  for (let at = from; at < end && target.stop === stop; ) {
    const until = (at / PAGE + 1n) * PAGE;
    const next = until < end ? until : end;
    const read = await known.memory.read(at, Number(next - at));
    const window = Buffer.concat([before, read]);
    const start = at - BigInt(before.length);
    for (let found = window.indexOf(pattern); found >= 0; found = window.indexOf(pattern, found + 1))
      if ((start + BigInt(found) - from) % BigInt(unit) === 0n) yield start + BigInt(found);
    // A match may begin in one page and end in the next, if that one is there.
    before =
      read.length === Number(next - at)
        ? window.subarray(Math.max(0, window.length - pattern.length + 1))
        : Buffer.alloc(0);
    at = next;
  }
}
