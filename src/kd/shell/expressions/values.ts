import { characterConstant } from '../../../kd-text/expression.js';
import { CommandError, type Scene } from '../shell-context.js';
import { evaluate } from './expression.js';

/** A list of values as `e*` and `s` take it: numbers, characters `'abc'`, and for bytes `"text"`. */
export async function valueBytes(text: string, size: number, scene: Scene): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const [, quoted, characters, number] of text.trim().matchAll(/\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+))/g)) {
    if (quoted !== undefined)
      parts.push(Buffer.from(quoted.replace(/\\(.)/g, '$1'), size === 2 ? 'utf16le' : 'latin1'));
    else
      parts.push(
        unitOf(number === undefined ? characterConstant(characters ?? '') : await wideValue(number, scene), size),
      );
  }
  if (parts.length === 0) throw new CommandError(`Numeric expression missing from '${text}'`);
  return Buffer.concat(parts);
}

function unitOf(value: bigint, size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes.subarray(0, size);
}

// A value is no address: eq takes all of its 64 bits on a 32-bit target too.
async function wideValue(text: string, scene: Scene): Promise<bigint> {
  const digits = text.replace(/^0x/i, '').replace('`', '');
  return /^[0-9a-f]{1,16}$/i.test(digits) ? BigInt(`0x${digits}`) : evaluate(text, scene);
}
