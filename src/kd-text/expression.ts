import { formatUnresolved } from './listings/symbols.js';

// kd's MASM expressions: the one grammar, and what its operators mean. What a target has to say is asked for, step by step, so
// that whoever reads memory at once and whoever waits for it can both use it.

/** What an expression has to know of the target. Each is answered with a number; with undefined where there is none. */
export type Question =
  /** A word that is no number: a register without `@`, a symbol, a module. */
  | { readonly ask: 'name'; readonly name: string }
  /** What stands behind `@`: `rip`, `$t19`. */
  | { readonly ask: 'register'; readonly name: string }
  /** Memory as a number: so many bytes, or as many as a pointer has. The address has 64 bits. */
  | { readonly ask: 'memory'; readonly address: bigint; readonly bytes: 1 | 2 | 4 | 8 | 'pointer' }
  /** An expression of C++ (`@@c++(…)`), which is none of this grammar: whoever answers may refuse in words of its own. */
  | { readonly ask: 'c++' };

/** An expression at work: yields what it has to know, takes the answers, ends with its value. */
export type Evaluation = Generator<Question, bigint, bigint | undefined>;

/** What kd cannot evaluate, in kd's own words. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

type Apply = (a: bigint, b: bigint) => bigint;

/** Operators with two operands, by how tightly they bind. Source: "MASM Numbers and Operators". */
const BINARY: ReadonlyMap<string, readonly [level: number, apply: Apply]> = new Map([
  ['|', [1, (a, b) => a | b]],
  ['or', [1, (a, b) => a | b]],
  ['^', [2, (a, b) => a ^ b]],
  ['xor', [2, (a, b) => a ^ b]],
  ['&', [3, (a, b) => a & b]],
  ['and', [3, (a, b) => a & b]],
  ['==', [4, (a, b) => truth(a === b)]],
  ['=', [4, (a, b) => truth(a === b)]],
  ['!=', [4, (a, b) => truth(a !== b)]],
  ['<', [5, (a, b) => truth(a < b)]],
  ['>', [5, (a, b) => truth(a > b)]],
  ['<=', [5, (a, b) => truth(a <= b)]],
  ['>=', [5, (a, b) => truth(a >= b)]],
  ['<<', [6, (a, b) => a << (b & 63n)]],
  ['>>', [6, (a, b) => a >> (b & 63n)]],
  ['>>>', [6, (a, b) => BigInt.asIntN(64, a) >> (b & 63n)]],
  ['+', [7, (a, b) => a + b]],
  ['-', [7, (a, b) => a - b]],
  ['*', [8, (a, b) => a * b]],
  ['/', [8, divide]],
  ['%', [8, remainder]],
  ['mod', [8, remainder]],
]);

/** Operators with one operand, which bind more tightly than all others. Source: the same. */
const UNARY: ReadonlyMap<string, (a: bigint) => bigint> = new Map([
  ['-', (a) => -a],
  ['+', (a) => a],
  ['~', (a) => ~a],
  ['not', (a) => truth(a === 0n)],
  ['hi', (a) => (a >> 16n) & 0xffffn],
  ['low', (a) => a & 0xffffn],
  ['@@', (a) => a],
  ['@@masm', (a) => a],
]);

/** Functions of one address that read the target's memory, by the bytes they read. Source: the same. */
const READS = new Map<string, 1 | 2 | 4 | 8 | 'pointer'>([
  ['poi', 'pointer'],
  ['by', 1],
  ['wo', 2],
  ['dwo', 4],
  ['qwo', 8],
]);

const TOKEN =
  /\s*(?:(<<|>>>|>>|<=|>=|==|!=|[-+*/%&|^()<>=~[\]])|('[^']*')|((?:[^\s()+\-*/%&|^<>=~[\]"';,!]|!(?!=))+))/y;

interface Token {
  readonly text: string;
  /** Where it begins in the expression. */
  readonly from: number;
}

/**
 * Evaluates what stands where an address or a value belongs: hexadecimal by default, `0n` decimal, `0t` octal, `0y` binary,
 * character constants, registers, symbols, modules, operators, `poi by wo dwo qwo hi low not`. It evaluates while it reads, so of
 * two mistakes the one further left is told.
 * @param narrow what a number becomes on the target, unless it is written in two halves (``0`80001000``)
 * @returns steps that end with a value of 64 bits, or throw an ExpressionError
 */
export function* evaluateSteps(text: string, narrow: (value: bigint) => bigint = (value) => value): Evaluation {
  return yield* new Expression(text, narrow).value();
}

class Expression {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly narrow: (value: bigint) => bigint,
  ) {
    this.#tokens = tokensOf(text);
  }

  *value(): Evaluation {
    const value = yield* this.#binary(0);
    const rest = this.#tokens[this.#at]?.text;
    if (rest !== undefined) throw new ExpressionError(`Extra character error at '${rest}'`);
    return BigInt.asUintN(64, value);
  }

  *#binary(level: number): Evaluation {
    let value = yield* this.#unary();
    for (;;) {
      const operator = BINARY.get(this.#tokens[this.#at]?.text ?? '');
      if (!operator || operator[0] <= level) return value;
      this.#at++;
      value = BigInt.asUintN(64, operator[1](value, yield* this.#binary(operator[0])));
    }
  }

  *#unary(): Evaluation {
    const token = this.#tokens[this.#at++];
    if (!token) throw new ExpressionError(`Numeric expression missing from '${this.text}'`);
    const word = token.text.toLowerCase();
    const apply = UNARY.get(word);
    // Every value has 64 bits and no sign: `-1 < 0` is false.
    if (apply) return BigInt.asUintN(64, apply(yield* this.#unary()));
    if (word === '(' || word === '[') return yield* this.#closed(word === '(' ? ')' : ']');
    const bytes = READS.get(word);
    if (bytes === undefined) return yield* this.#term(token);
    const address = BigInt.asUintN(64, yield* this.#unary());
    return (yield { ask: 'memory', address, bytes }) ?? this.#fail(`Memory access error at '${this.text}'`);
  }

  *#closed(end: string): Evaluation {
    const value = yield* this.#binary(0);
    if (this.#tokens[this.#at++]?.text !== end) throw new ExpressionError(`Syntax error at '${this.text}'`);
    return value;
  }

  *#term({ text, from }: Token): Evaluation {
    if (text.startsWith("'")) return characterConstant(text.slice(1, -1));
    // kd quotes what it does not know together with all that follows.
    const unknown = formatUnresolved(this.text.slice(from));
    if (/^@@c$/i.test(text)) return (yield { ask: 'c++' }) ?? this.#fail(unknown);
    if (text.startsWith('@'))
      return (yield { ask: 'register', name: text.slice(1) }) ?? this.#fail(`Bad register error at '${text}'`);
    const number = numberOf(text);
    if (number !== undefined) return text.includes('`') ? number : this.narrow(number);
    return (yield { ask: 'name', name: text }) ?? this.#fail(unknown);
  }

  #fail(message: string): never {
    throw new ExpressionError(message);
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new ExpressionError(`Syntax error at '${text.slice(from)}'`);
    const token = match[1] ?? match[2] ?? match[3] ?? '';
    tokens.push({ text: token, from: TOKEN.lastIndex - token.length });
  }
  return tokens;
}

function numberOf(token: string): bigint | undefined {
  const decimal = /^0n(\d+)$/i.exec(token)?.[1];
  if (decimal !== undefined) return BigInt(decimal);
  const binary = /^0y([01]+)$/i.exec(token)?.[1];
  if (binary !== undefined) return BigInt(`0b${binary}`);
  const octal = /^0t([0-7]+)$/i.exec(token)?.[1];
  if (octal !== undefined) return BigInt(`0o${octal}`);
  const digits = token.replace(/^0x/i, '').replace('`', '');
  return /^[0-9a-f]{1,16}$/i.test(digits) ? BigInt(`0x${digits}`) : undefined;
}

/** The value of a character constant, without its quotes: the first character is the highest byte, so `kdD ` is 0x6b644420. */
export function characterConstant(characters: string): bigint {
  return [...characters].reduce((value, each) => (value << 8n) | BigInt(each.charCodeAt(0) & 0xff), 0n);
}

function truth(value: boolean): bigint {
  return value ? 1n : 0n;
}

// Source: "MASM Numbers and Operators": an operation that cannot be done is an operand error.
function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new ExpressionError(`Operand error at '${a.toString(16)}/0'`);
  return a / b;
}

function remainder(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new ExpressionError(`Operand error at '${a.toString(16)}%0'`);
  return a % b;
}
