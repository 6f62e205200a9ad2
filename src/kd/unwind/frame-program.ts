import { given } from './register-unknown.js';

/** The values a program begins with, by name: `$eip`, `$esp`, `.cbParams`. Undefined where a register was not read. */
export type Variables = ReadonlyMap<string, bigint | undefined>;

export interface ProgramReads {
  /** A word of the stack; undefined where there is none. */
  word(address: bigint): Promise<bigint | undefined>;
  /** Where the return address lies, for programs that do not say it: `.raSearch` and `.raSearchStart`. */
  search(): Promise<bigint | undefined>;
}

/** Words of a program, before it is taken for damaged. */
const MOST_WORDS = 500;
const BITS = 32;

/**
 * Runs a FRAMEDATA program: postfix, numbers of 32 bits, `^` reads a word, `@` rounds down, `=` assigns.
 * E.g. `$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + =`.
 * @returns the variables afterwards, or undefined where the program is damaged or reads what is not there
 * @throws RegisterUnknown where it depends on a register that was not read
 */
export async function runProgram(
  program: string,
  variables: Variables,
  reads: ProgramReads,
): Promise<Variables | undefined> {
  const values = new Map(variables);
  const stack: (bigint | string)[] = [];
  const pop = async (): Promise<bigint | undefined> => {
    const top = stack.pop();
    if (typeof top !== 'string') return top;
    return top === '.raSearch' || top === '.raSearchStart' ? reads.search() : initial(top, values);
  };
  const words = program.split(/\s+/).filter((word) => word !== '');
  if (words.length > MOST_WORDS) return undefined;
  for (const word of words) {
    if (/^-?\d+$/.test(word)) stack.push(wrap(BigInt(word)));
    else if (/^[$.]\w+$/.test(word)) stack.push(word);
    else if (word === '=') {
      const value = await pop();
      const name = stack.pop();
      if (value === undefined || typeof name !== 'string') return undefined;
      values.set(name, value);
    } else {
      const right = await pop();
      const result =
        right === undefined ? undefined : word === '^' ? await reads.word(right) : await apply(word, pop, right);
      if (result === undefined) return undefined;
      stack.push(result);
    }
  }
  return stack.length === 0 ? values : undefined;
}

function initial(name: string, values: Variables): bigint | undefined {
  return values.has(name) ? given(values.get(name)) : undefined;
}

async function apply(
  operator: string,
  pop: () => Promise<bigint | undefined>,
  right: bigint,
): Promise<bigint | undefined> {
  const left = await pop();
  if (left === undefined) return undefined;
  if (operator === '+') return wrap(left + right);
  if (operator === '-') return wrap(left - right);
  if (operator === '*') return wrap(left * right);
  if (right === 0n) return undefined;
  if (operator === '/') return left / right;
  if (operator === '%') return left % right;
  return operator === '@' ? left - (left % right) : undefined;
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(BITS, value);
}
