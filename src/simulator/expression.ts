/** Looks a name such as `nt!PoolHitTag` up; undefined when nothing of that name is known. */
export type Lookup = (name: string) => bigint | undefined;

/** Reads a pointer of the target; undefined where nothing is known of its memory. */
export type Read = (address: bigint) => bigint | undefined;

/** What kd cannot evaluate, in kd's own words. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/**
 * Evaluates what kd's users write where an address or a value belongs: symbols, hexadecimal (the default radix, with or
 * without `0x` and a backtick), `0n` decimal, character constants, sums and differences, `poi`. Throws an ExpressionError.
 */
export function evaluate(text: string, lookup: Lookup, read: Read = () => undefined): bigint {
  const pointer = /^(.*)\bpoi\(([^()]*)\)(.*)$/i.exec(text);
  if (pointer) {
    const [, before = '', inner = '', after = ''] = pointer;
    const word = read(evaluate(inner, lookup, read));
    if (word === undefined) throw new ExpressionError(`Memory access error at '${text}'`);
    return evaluate(`${before}0x${word.toString(16)}${after}`, lookup, read);
  }
  const terms = text.trim().match(/'[^']*'|[^+\-']+|[+-]/g);
  if (!terms) throw new ExpressionError(`Numeric expression missing from '${text}'`);
  let sum = 0n;
  let sign = 1n;
  for (const term of terms) {
    if (term.trim() === '') continue;
    if (term === '+' || term === '-') sign = term === '-' ? -1n : 1n;
    else {
      sum += sign * termValue(term.trim(), lookup);
      sign = 1n;
    }
  }
  return BigInt.asUintN(64, sum);
}

function termValue(term: string, lookup: Lookup): bigint {
  const chars = /^'(.*)'$/.exec(term)?.[1];
  if (chars !== undefined) return charConstant(chars);
  const known = /[!_g-z@?]/i.test(term) ? lookup(term.replace(/^@/, '')) : undefined;
  if (known !== undefined) return known;
  const decimal = /^0n(\d+)$/i.exec(term)?.[1];
  if (decimal !== undefined) return BigInt(decimal);
  const digits = term.replace(/^0x/i, '').replace('`', '');
  if (/^[0-9a-f]{1,16}$/i.test(digits)) return BigInt(`0x${digits}`);
  const bare = lookup(term);
  if (bare !== undefined) return bare;
  throw new ExpressionError(`Couldn't resolve error at '${term}'`);
}

/** A character constant is a number whose first character is its highest byte: `'kdD '` is 0x6b644420, in memory ` Ddk`. */
export function charConstant(chars: string): bigint {
  let value = 0n;
  for (const char of chars) value = (value << 8n) | BigInt(char.charCodeAt(0) & 0xff);
  return value;
}

/** The four characters that a 32-bit value shows in memory, lowest byte first: 0x206b6444 is `Ddk `. */
export function tagOf(value: number): string {
  return String.fromCharCode(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff);
}

/** The 32-bit value of a tag of up to four characters, blank-padded. */
export function tagValue(tag: string): number {
  const padded = tag.padEnd(4, ' ');
  return [3, 2, 1, 0].reduce((value, at) => value * 256 + (padded.charCodeAt(at) & 0xff), 0);
}
