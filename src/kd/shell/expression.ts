import { formatUnresolved } from '../../kd-text/symbols.js';
import { canonical } from '../target/architecture.js';
import { CommandError, type Scene } from './shell-context.js';

/**
 * Evaluates what stands where an address or a value belongs: hexadecimal (kd's default radix, with or without `0x` and a
 * backtick), `0n` decimal, registers (`@rip`, or bare where it is no number), modules by name, sums and differences.
 * @throws CommandError in kd's words
 */
export async function evaluate(text: string, scene: Scene): Promise<bigint> {
  const terms = text.trim().match(/[^+\-\s]+|[+-]/g);
  if (!terms) throw new CommandError(`Numeric expression missing from '${text}'`);
  let sum = 0n;
  let sign = 1n;
  for (const term of terms) {
    if (term === '+' || term === '-') sign = term === '-' ? -1n : 1n;
    else {
      sum += sign * (await termValue(term, scene));
      sign = 1n;
    }
  }
  return canonical(scene.known.architecture, BigInt.asUintN(64, sum));
}

async function termValue(term: string, scene: Scene): Promise<bigint> {
  const { known, symbols } = scene;
  if (term.startsWith('@')) return registerValue(term.slice(1), known);
  const decimal = /^0n(\d+)$/i.exec(term)?.[1];
  if (decimal !== undefined) return BigInt(decimal);
  const digits = term.replace(/^0x/i, '').replace('`', '');
  if (/^[0-9a-f]{1,16}$/i.test(digits)) {
    const value = BigInt(`0x${digits}`);
    return term.includes('`') || known.architecture.bits === 64 ? value : canonical(known.architecture, value);
  }
  if (known.architecture.registers.has(term.toLowerCase())) return registerValue(term, known);
  const symbol = /[!_a-z]/i.test(term) ? await symbols.addressOf(term) : undefined;
  if (symbol !== undefined) return symbol;
  if (term.includes('!')) throw new CommandError(formatUnresolved(term));
  const found = (await known.modules.all()).find(({ name }) => name.toLowerCase() === term.toLowerCase());
  if (found) return found.base;
  throw new CommandError(formatUnresolved(term));
}

async function registerValue(name: string, { architecture, contexts }: Scene['known']): Promise<bigint> {
  const lower = name.toLowerCase();
  const full = lower === 'ip' || lower === '$ip' ? architecture.pc : lower;
  if (!architecture.registers.has(full)) throw new CommandError(`Bad register error at '@${name}'`);
  return contexts.get(full);
}

/** Takes the first expression off a text; blanks around `+` and `-` belong to it. */
export function takeExpression(text: string): { readonly expression: string; readonly rest: string } {
  const match = /^\s*([^\s"+-]+(?:\s*[+-]\s*[^\s"+-]+)*)\s*(.*)$/s.exec(text);
  return match ? { expression: match[1] ?? '', rest: match[2] ?? '' } : { expression: '', rest: text.trim() };
}
