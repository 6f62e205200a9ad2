import { formatUnresolved } from '../../../kd-text/listings/symbols.js';
import { canonical } from '../../control/architecture.js';
import { CommandError, type Scene } from '../shell-context.js';
import { isTemporary, register } from './pseudo-registers.js';

/** Operators with two operands, by how tightly they bind. Source: "MASM Numbers and Operators". */
const BINARY: Readonly<Record<string, readonly [level: number, apply: (a: bigint, b: bigint) => bigint]>> = {
  '|': [1, (a, b) => a | b],
  or: [1, (a, b) => a | b],
  '^': [2, (a, b) => a ^ b],
  xor: [2, (a, b) => a ^ b],
  '&': [3, (a, b) => a & b],
  and: [3, (a, b) => a & b],
  '==': [4, (a, b) => truth(a === b)],
  '=': [4, (a, b) => truth(a === b)],
  '!=': [4, (a, b) => truth(a !== b)],
  '<': [5, (a, b) => truth(a < b)],
  '>': [5, (a, b) => truth(a > b)],
  '<=': [5, (a, b) => truth(a <= b)],
  '>=': [5, (a, b) => truth(a >= b)],
  '<<': [6, (a, b) => a << (b & 63n)],
  '>>': [6, (a, b) => a >> (b & 63n)],
  '>>>': [6, (a, b) => BigInt.asIntN(64, a) >> (b & 63n)],
  '+': [7, (a, b) => a + b],
  '-': [7, (a, b) => a - b],
  '*': [8, (a, b) => a * b],
  '/': [8, divide],
  '%': [8, remainder],
  mod: [8, remainder],
};

/** Functions of one address that read the target's memory, by the bytes they read; `poi` reads a pointer. */
const READS: Readonly<Record<string, number>> = { poi: 0, by: 1, wo: 2, dwo: 4, qwo: 8 };

const TOKEN =
  /\s*(?:(<<|>>>|>>|<=|>=|==|!=|[-+*/%&|^()<>=~[\]])|('[^']*')|((?:[^\s()+\-*/%&|^<>=~[\]"';,!]|!(?!=))+))/y;

/**
 * Evaluates what stands where an address or a value belongs, in kd's MASM syntax: hexadecimal by default, `0n` decimal, `0y`
 * binary, registers, symbols, modules, character constants, operators, `poi dwo wo by qwo hi low`.
 * @throws CommandError in kd's words; LinkError
 */
export async function evaluate(text: string, scene: Scene): Promise<bigint> {
  return canonical(scene.known.architecture, BigInt.asUintN(64, await new Parser(text, scene).all()));
}

class Parser {
  readonly #tokens: readonly string[];
  /** Where each token begins in the text. */
  readonly #starts: readonly number[];
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly scene: Scene,
  ) {
    const tokens = tokensOf(text);
    this.#tokens = tokens.map((token) => token.text);
    this.#starts = tokens.map((token) => token.from);
  }

  async all(): Promise<bigint> {
    if (this.#tokens.length === 0) throw new CommandError(`Numeric expression missing from '${this.text}'`);
    const value = await this.#binary(0);
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw new CommandError(`Extra character error at '${rest}'`);
    return value;
  }

  async #binary(level: number): Promise<bigint> {
    let value = await this.#unary();
    for (;;) {
      const operator = BINARY[this.#tokens[this.#at] ?? ''];
      if (!operator || operator[0] <= level) return value;
      this.#at++;
      value = BigInt.asUintN(64, operator[1](value, await this.#binary(operator[0])));
    }
  }

  async #unary(): Promise<bigint> {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new CommandError(`Numeric expression missing from '${this.text}'`);
    if (token === '-') return -(await this.#unary());
    if (token === '+') return this.#unary();
    if (token === '~') return ~(await this.#unary());
    if (token.toLowerCase() === 'not') return truth((await this.#unary()) === 0n);
    if (token.toLowerCase() === '@@c') throw new CommandError('C++ expressions are not supported by this kd.');
    if (/^@@(?:masm)?$/i.test(token)) return this.#unary();
    if (token === '(' || token === '[') return this.#closed(token);
    const word = token.toLowerCase();
    if (word === 'hi') return ((await this.#unary()) >> 16n) & 0xffffn;
    if (word === 'low') return (await this.#unary()) & 0xffffn;
    const bytes = READS[word];
    if (bytes === undefined) return term(token, this.scene, this.text.slice(this.#starts[this.#at - 1]));
    return this.#read(await this.#unary(), bytes);
  }

  async #closed(open: string): Promise<bigint> {
    const value = await this.#binary(0);
    if (this.#tokens[this.#at++] !== (open === '(' ? ')' : ']'))
      throw new CommandError(`Syntax error at '${this.text}'`);
    return value;
  }

  async #read(value: bigint, bytes: number): Promise<bigint> {
    const { stacks, known } = this.scene;
    const { architecture, memory } = known;
    const address = canonical(architecture, BigInt.asUintN(64, value));
    const length = bytes === 0 ? architecture.pointerBytes : bytes;
    await stacks.ahead(address, length);
    const read = await memory.read(address, length);
    if (read.length < length) throw new CommandError(`Memory access error at '${this.text}'`);
    return read.toReversed().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  }
}

function tokensOf(text: string): { text: string; from: number }[] {
  const tokens: { text: string; from: number }[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new CommandError(`Syntax error at '${text.slice(from)}'`);
    const token = match[1] ?? match[2] ?? match[3] ?? '';
    tokens.push({ text: token, from: TOKEN.lastIndex - token.length });
  }
  return tokens;
}

/** @param quoted what kd quotes of a text whose name it does not know: from the name on */
async function term(token: string, scene: Scene, quoted: string): Promise<bigint> {
  const { known, symbols } = scene;
  if (token.startsWith("'")) return characters(token.slice(1, -1));
  if (token.startsWith('@')) return register(token.slice(1), scene);
  const number = numberOf(token);
  if (number !== undefined) return token.includes('`') ? number : canonical(known.architecture, number);
  if (isTemporary(token) || known.architecture.registers.has(token.toLowerCase())) return register(token, scene);
  const symbol = await symbols.addressOf(token);
  if (symbol !== undefined) return symbol;
  const module = token.includes('!') ? undefined : await moduleNamed(token, known);
  if (module === undefined) throw new CommandError(formatUnresolved(quoted));
  return module;
}

async function moduleNamed(name: string, { modules }: Scene['known']): Promise<bigint | undefined> {
  return (await modules.all()).find((each) => each.name.toLowerCase() === name.toLowerCase())?.base;
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

/** A character constant: its first character is the highest byte. */
function characters(text: string): bigint {
  return [...text].reduce((value, each) => (value << 8n) | BigInt(each.charCodeAt(0) & 0xff), 0n);
}

function truth(value: boolean): bigint {
  return value ? 1n : 0n;
}

// Source: "MASM Numbers and Operators": an operation that cannot be done is an operand error.
function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CommandError(`Operand error at '${a.toString(16)}/0'`);
  return a / b;
}

function remainder(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CommandError(`Operand error at '${a.toString(16)}%0'`);
  return a % b;
}
