import { evaluate } from '../expressions/expression.js';
import { takeExpression } from '../expressions/take-expression.js';
import { valueBytes } from '../expressions/values.js';
import { CommandError, type ShellCommand } from '../shell-context.js';
import { dumpKind } from '../text/dump-text.js';

/** `eb ew ed eq ep address value…`, `ea address "text"`: writes, and says where the memory ended. */
export const enterCommand: ShellCommand = {
  words: ['eb', 'ew', 'ed', 'eq', 'ep', 'ea'],
  async run(context, word, rest) {
    const { known } = context;
    const { expression, rest: values } = takeExpression(rest);
    if (expression === '') throw new CommandError(`Numeric expression missing from '${rest}'`);
    const address = await evaluate(expression, context);
    const bytes =
      word === 'ea'
        ? textBytes(values)
        : await valueBytes(values, dumpKind(word[1] ?? '', known.architecture)?.bytes ?? 1, context);
    const written = await known.memory.write(address, bytes);
    if (written < bytes.length)
      throw new CommandError(`Memory access error at ${(address + BigInt(written)).toString(16)}`);
  },
};

function textBytes(text: string): Buffer {
  const quoted = /^"(.*)"$/s.exec(text.trim())?.[1];
  if (quoted === undefined) throw new CommandError(`Syntax error at '${text}'`);
  return Buffer.from(quoted, 'latin1');
}
