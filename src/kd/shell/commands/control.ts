import { takeQuoted } from '../../../kd-text/split-commands.js';
import { evaluate } from '../expressions/expression.js';
import { CommandError, type ShellCommand } from '../shell-context.js';

/** `.if (condition) { commands } .elsif (condition) { … } .else { … }` */
export const ifCommand: ShellCommand = {
  words: ['.if'],
  async run(context, _word, rest) {
    let text = rest.trim();
    for (;;) {
      const condition = takeBraced(text, '(', ')');
      const then = takeBraced(condition.rest, '{', '}');
      if ((await evaluate(condition.inner, context)) !== 0n) {
        await context.execute(then.inner);
        return;
      }
      text = then.rest;
      if (/^\.else\b/.test(text)) {
        await context.execute(takeBraced(text.slice('.else'.length).trim(), '{', '}').inner);
        return;
      }
      if (!/^\.elsif\b/.test(text)) return;
      text = text.slice('.elsif'.length).trim();
    }
  },
};

/** `j condition 'commands' ; 'commands'`: the older way to choose. */
export const chooseCommand: ShellCommand = {
  words: ['j'],
  async run(context, _word, rest) {
    const match = /^(.*?)\s*'([^']*)'\s*;?\s*(?:'([^']*)')?\s*$/s.exec(rest);
    if (!match) throw new CommandError(`Syntax error at '${rest}'`);
    const [, condition = '', then = '', otherwise = ''] = match;
    await context.execute((await evaluate(condition, context)) === 0n ? otherwise : then);
  },
};

function takeBraced(text: string, open: string, close: string): { inner: string; rest: string } {
  if (!text.startsWith(open)) throw new CommandError(`Syntax error at '${text}'`);
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const quoted = text[at] === '"' ? takeQuoted(text.slice(at)) : undefined;
    if (quoted) at = text.length - quoted.rest.length - 1;
    else if (text[at] === open) depth++;
    else if (text[at] === close && --depth === 0) return { inner: text.slice(1, at), rest: text.slice(at + 1).trim() };
  }
  throw new CommandError(`Missing '${close}' at '${text}'`);
}

const DIRECTIVE = /%(%|(-?0?\d*)(?:\.\d+)?(?:I64|l|h)?([a-zA-Z]{1,2}))/g;

/** `.printf "format", value, …` with `%x %d %u %p %c %s %ma %mu %y %N`. */
export const printfCommand: ShellCommand = {
  words: ['.printf'],
  async run(context, _word, rest) {
    const format = takeQuoted(rest.replace(/^\s*\/D\s*/, ''));
    if (!format) throw new CommandError(`Syntax error at '.printf ${rest}'`);
    const values = splitValues(format.rest);
    const text = format.quoted.replaceAll('\\n', '\n').replaceAll('\\t', '\t');
    let shown = '';
    let from = 0;
    for (const match of text.matchAll(DIRECTIVE)) {
      shown += text.slice(from, match.index);
      from = match.index + match[0].length;
      if (match[1] === '%') shown += '%';
      else {
        const value = values.shift();
        if (value === undefined) throw new CommandError(`Missing value for '${match[0]}'`);
        shown += await printed(match[3] as string, match[2] ?? '', await evaluate(value, context), context);
        // %ma has a letter of its own; whatever else two letters were, the second one is text.
        if (!/^m[au]$/.test(match[3] as string)) shown += (match[3] as string).slice(1);
      }
    }
    context.screen.print(shown + text.slice(from));
  },
};

type Context = Parameters<ShellCommand['run']>[0];

async function printed(kind: string, width: string, value: bigint, { known, symbols }: Context): Promise<string> {
  const { bits, pointerBytes } = known.architecture;
  const pad = (text: string): string => {
    const length = Math.abs(Number.parseInt(width, 10) || 0);
    return width.startsWith('-') ? text.padEnd(length) : text.padStart(length, width.startsWith('0') ? '0' : ' ');
  };
  if (kind === 'ma' || kind === 'mu') return pad(textOf(await known.memory.read(value, 512), kind === 'mu'));
  switch (kind[0]) {
    case 'x':
      return pad(BigInt.asUintN(32, value).toString(16));
    case 'X':
      return pad(BigInt.asUintN(32, value).toString(16).toUpperCase());
    case 'd':
    case 'i':
      return pad(BigInt.asIntN(32, value).toString());
    case 'u':
      return pad(BigInt.asUintN(32, value).toString());
    case 'c':
      return pad(String.fromCharCode(Number(value & 0xffn)));
    case 'p':
      return value.toString(16).padStart(pointerBytes * 2, '0');
    case 'N':
      return pad(
        value
          .toString(16)
          .padStart(bits / 4, '0')
          .toUpperCase(),
      );
    case 'y':
      return pad((await symbols.nameAt(value)) ?? value.toString(16));
    default:
      throw new CommandError(`Unknown format '%${kind}'`);
  }
}

function textOf(bytes: Buffer, wide: boolean): string {
  return bytes.toString(wide ? 'utf16le' : 'latin1').replace(/\0.*$/s, '');
}

/** Values are parted by commas outside of parentheses. */
function splitValues(text: string): string[] {
  const values: string[] = [];
  let depth = 0;
  let value = '';
  for (const char of text.replace(/^\s*,/, '')) {
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (char === ',' && depth === 0) {
      values.push(value);
      value = '';
    } else value += char;
  }
  return [...values, value].map((each) => each.trim()).filter(Boolean);
}
