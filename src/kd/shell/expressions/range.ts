import { CommandError, type Scene } from '../shell-context.js';
import { evaluate } from './expression.js';
import { takeExpression } from './take-expression.js';

/** Ranges beyond this are taken for a mistake unless they are written with `L?`. Source: "Address and Address Range Syntax". */
const MOST_BYTES = 256 * 1024 * 1024;

export interface Range {
  readonly address: bigint;
  /** Undefined where nothing says how long it is. */
  readonly bytes: number | undefined;
}

/**
 * Takes a range off a text: `address`, `address end` (the last byte), `address Lcount`, `end L-count`.
 * @param unit bytes of what `L` counts
 * @param otherwise the address where none is written
 */
export async function takeRange(
  text: string,
  unit: number,
  scene: Scene,
  otherwise?: bigint,
): Promise<Range & { readonly rest: string }> {
  const first = /^\s*[lL][-?0-9]/.test(text) ? { expression: '', rest: text.trim() } : takeExpression(text);
  if (first.expression === '' && otherwise === undefined)
    throw new CommandError(`Numeric expression missing from '${text.trim()}'`);
  const address = first.expression === '' ? (otherwise as bigint) : await evaluateFirst(first, scene);
  const counted = /^[lL]\s*(\??)\s*(-?)\s*(?=[^\s"])/.exec(first.rest);
  if (counted) {
    const length = takeExpression(first.rest.slice(counted[0].length));
    const bytes = Number(await evaluate(length.expression, scene)) * unit;
    if (bytes > MOST_BYTES && counted[1] === '') throw new CommandError(`Range error in '${text.trim()}'`);
    return { address: counted[2] === '-' ? address - BigInt(bytes) : address, bytes, rest: length.rest };
  }
  if (first.rest === '' || first.rest.startsWith('"')) return { address, bytes: undefined, rest: first.rest };
  const last = takeExpression(first.rest);
  const end = await evaluate(last.expression, scene);
  const bytes = Math.ceil(Number(end - address + 1n) / unit) * unit;
  if (end < address || bytes > MOST_BYTES) throw new CommandError(`Range error in '${text.trim()}'`);
  return { address, bytes, rest: last.rest };
}

/** What is not known is quoted with the blank behind it, where more follows: as the engine does. */
async function evaluateFirst({ expression, rest }: ReturnType<typeof takeExpression>, scene: Scene): Promise<bigint> {
  try {
    return await evaluate(expression, scene);
  } catch (error) {
    const unresolved = error instanceof CommandError && /^Couldn't resolve/.test(error.message);
    if (!unresolved || rest === '') throw error;
    throw new CommandError(error.message.replace(/'$/, " '"));
  }
}
