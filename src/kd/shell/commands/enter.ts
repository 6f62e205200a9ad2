import { dumpKind } from '../dump-text.js';
import { evaluate, takeExpression } from '../expression.js';
import { CommandError, type Scene, type ShellCommand } from '../shell-context.js';

/** `eb ew ed eq ep address value…`, `ea address "text"`: writes, and says where the memory ended. */
export const enterCommand: ShellCommand = {
  words: ['eb', 'ew', 'ed', 'eq', 'ep', 'ea'],
  async run(context, word, rest) {
    const { known } = context;
    const { expression, rest: values } = takeExpression(rest);
    if (expression === '') throw new CommandError(`Numeric expression missing from '${rest}'`);
    const address = await evaluate(expression, context);
    const bytes = word === 'ea' ? textBytes(values) : await valueBytes(values, word, context);
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

async function valueBytes(text: string, word: string, scene: Scene): Promise<Buffer> {
  const size = dumpKind(word[1] ?? '', scene.known.architecture)?.bytes ?? 1;
  const parts: Buffer[] = [];
  for (const value of text.split(/\s+/).filter(Boolean)) {
    const characters = /^'(.*)'$/s.exec(value)?.[1];
    const number = characters === undefined ? await wideValue(value, scene) : characterValue(characters);
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, number));
    parts.push(bytes.subarray(0, size));
  }
  if (parts.length === 0) throw new CommandError(`Numeric expression missing from '${text}'`);
  return Buffer.concat(parts);
}

// A value is no address: eq takes all of its 64 bits on a 32-bit target too.
async function wideValue(text: string, scene: Scene): Promise<bigint> {
  const digits = text.replace(/^0x/i, '').replace('`', '');
  return /^[0-9a-f]{1,16}$/i.test(digits) ? BigInt(`0x${digits}`) : evaluate(text, scene);
}

/** A character constant: its first character is the highest byte. */
function characterValue(characters: string): bigint {
  return [...characters].reduce((value, each) => (value << 8n) | BigInt(each.charCodeAt(0) & 0xff), 0n);
}
