import { type IoSize, readMsr, readPort, writeMsr, writePort } from '../../control/machine-requests.js';
import { evaluate } from '../expressions/expression.js';
import { takeExpression } from '../expressions/take-expression.js';
import { CommandError, type ShellCommand } from '../shell-context.js';

/** `rdmsr MSR`, `wrmsr MSR VALUE` */
export const msrCommand: ShellCommand = {
  words: ['rdmsr', 'wrmsr'],
  async run(context, word, rest) {
    const { screen, stop, target } = context;
    const { expression, rest: more } = takeExpression(rest);
    if (expression === '') throw new CommandError(`Numeric expression missing from '${rest}'`);
    const msr = Number(await evaluate(expression, context));
    const { processor } = stop.change;
    if (word === 'rdmsr') {
      const value = await readMsr(target.link, processor, msr);
      screen.line(`msr[${msr.toString(16)}] = ${wide(value)}`);
    } else await writeMsr(target.link, processor, msr, await evaluate(more, context));
  },
};

const SIZES: Readonly<Record<string, IoSize>> = { b: 1, w: 2, d: 4 };

/** `ib iw id PORT`, `ob ow od PORT VALUE`: the I/O space. */
export const portCommand: ShellCommand = {
  words: ['ib', 'iw', 'id', 'ob', 'ow', 'od'],
  async run(context, word, rest) {
    const { screen, target } = context;
    const size = SIZES[word[1] ?? ''] ?? 1;
    const { expression, rest: more } = takeExpression(rest);
    if (expression === '') throw new CommandError(`Numeric expression missing from '${rest}'`);
    const port = await evaluate(expression, context);
    if (word.startsWith('o')) await writePort(target.link, port, size, Number(await evaluate(more, context)));
    else {
      const value = await readPort(target.link, port, size);
      screen.line(`${port.toString(16).padStart(8, '0')}: ${value.toString(16).padStart(size * 2, '0')}`);
    }
  },
};

/** `.crash`: a bug check, at once. */
export const crashCommand: ShellCommand = {
  words: ['.crash'],
  async run({ target }) {
    await target.crash();
  },
};

function wide(value: bigint): string {
  const digits = value.toString(16).padStart(16, '0');
  return `${digits.slice(0, 8)}\`${digits.slice(8)}`;
}
