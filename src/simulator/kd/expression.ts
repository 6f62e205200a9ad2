/** Looks a name such as `nt!PoolHitTag` up; undefined when nothing of that name is known. */
export type Lookup = (name: string) => bigint | undefined;

/** Reads a pointer of the target, or so many bytes; undefined where nothing is known of its memory. */
export type ReadMemory = (address: bigint, bytes?: number) => bigint | undefined;

/** What kd cannot evaluate, in kd's own words. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

const truth = (value: boolean): bigint => (value ? 1n : 0n);

/** Operators with two operands, by how tightly they bind. Source: "MASM Numbers and Operators". */
const BINARY: Readonly<Record<string, readonly [level: number, apply: (a: bigint, b: bigint) => bigint]>> = {
  '|': [1, (a, b) => a | b],
  '^': [2, (a, b) => a ^ b],
  '&': [3, (a, b) => a & b],
  '==': [4, (a, b) => truth(a === b)],
  '=': [4, (a, b) => truth(a === b)],
  '!=': [4, (a, b) => truth(a !== b)],
  '<': [5, (a, b) => truth(a < b)],
  '>': [5, (a, b) => truth(a > b)],
  '<=': [5, (a, b) => truth(a <= b)],
  '>=': [5, (a, b) => truth(a >= b)],
  '+': [6, (a, b) => a + b],
  '-': [6, (a, b) => a - b],
  '*': [7, (a, b) => a * b],
  '/': [7, (a, b) => (b === 0n ? 0n : a / b)],
  '%': [7, (a, b) => (b === 0n ? 0n : a % b)],
};
const TOKEN = /\s*(?:(<=|>=|==|!=|[-+*/%&|^()<>=])|('[^']*')|((?:[^\s()+\-*/%&|^<>='",!]|!(?!=))+))/y;

/**
 * Evaluates what kd's users write where an address or a value belongs: symbols, hexadecimal (the default radix, with or
 * without `0x` and a backtick), `0n` decimal, character constants, operators, `poi`. Throws an ExpressionError.
 */
export function evaluateMasm(text: string, lookup: Lookup, read: ReadMemory = () => undefined): bigint {
  const tokens = tokensOf(text);
  let at = 0;
  const missing = (): never => {
    throw new ExpressionError(`Numeric expression missing from '${text}'`);
  };
  const binary = (level: number): bigint => {
    let value = unary();
    for (;;) {
      const operator = BINARY[tokens[at]?.text ?? ''];
      if (!operator || operator[0] <= level) return value;
      at++;
      value = BigInt.asUintN(64, operator[1](value, binary(operator[0])));
    }
  };
  const unary = (): bigint => {
    const token = tokens[at++] ?? missing();
    if (token.text === '-') return -unary();
    if (token.text === '+') return unary();
    const reads = token.text.toLowerCase();
    if (reads === 'poi' || reads === 'dwo') {
      const word = read(BigInt.asUintN(64, unary()), reads === 'dwo' ? 4 : undefined);
      if (word === undefined) throw new ExpressionError(`Memory access error at '${text}'`);
      return word;
    }
    if (token.text !== '(') return termValue(token.text, lookup, text.slice(token.from));
    const value = binary(0);
    if (tokens[at++]?.text !== ')') throw new ExpressionError(`Syntax error at '${text}'`);
    return value;
  };
  const value = binary(0);
  if (at < tokens.length) throw new ExpressionError(`Syntax error at '${text}'`);
  return BigInt.asUintN(64, value);
}

function tokensOf(text: string): { text: string; from: number }[] {
  const tokens: { text: string; from: number }[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const found = match[1] ?? match[2] ?? match[3] ?? '';
    tokens.push({ text: found, from: match.index + match[0].length - found.length });
    if (TOKEN.lastIndex === text.length) break;
  }
  return tokens;
}

/** @param from the expression from this term on, which is what kd quotes when it does not know it */
function termValue(term: string, lookup: Lookup, from: string): bigint {
  const chars = /^'(.*)'$/.exec(term)?.[1];
  if (chars !== undefined) return charConstant(chars);
  const known = /[!_g-z@?$]/i.test(term) ? lookup(term.replace(/^@/, '')) : undefined;
  if (known !== undefined) return known;
  const decimal = /^0n(\d+)$/i.exec(term)?.[1];
  if (decimal !== undefined) return BigInt(decimal);
  const digits = term.replace(/^0x/i, '').replace('`', '');
  if (/^[0-9a-f]{1,16}$/i.test(digits)) return BigInt(`0x${digits}`);
  const bare = lookup(term);
  if (bare !== undefined) return bare;
  throw new ExpressionError(`Couldn't resolve error at '${from}'`);
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
