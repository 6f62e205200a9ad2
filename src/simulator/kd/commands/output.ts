import { takeQuoted } from '../../../kd-text/split-commands.js';
import type { CommandOutcome, Kd } from '../kd.js';
import type { Command } from './index.js';

/** .echo and .printf print; ? evaluates; the log commands keep what is printed. */
export const outputCommands: Readonly<Record<string, Command>> = {
  '.echo': (kd, rest) => {
    kd.console.line(takeQuoted(rest)?.quoted ?? rest);
    return 'done';
  },
  '.printf': print,
  '?': calculate,
  '*': () => 'done',
  '.logopen': (kd, rest) => open(kd, rest, false),
  '.logappend': (kd, rest) => open(kd, rest, true),
  '.logclose': close,
};

async function print(kd: Kd, rest: string): Promise<CommandOutcome> {
  const format = takeQuoted(rest);
  if (!format) {
    kd.console.line(`                ^ Syntax error in '.printf ${rest}'`);
    return 'error';
  }
  const values: bigint[] = [];
  for (const text of format.rest.split(',')) if (text.trim() !== '') values.push(await kd.evaluate(text));
  const shown = format.quoted.replace(/\\n/g, '\n').replace(/\\t/g, '\t');
  kd.console.print(
    shown.replace(/%(%|0?\d*(?:I64)?[pxd])/g, (_, kind: string) => {
      if (kind === '%') return '%';
      const value = values.shift() ?? 0n;
      if (kind.endsWith('p')) return value.toString(16).padStart(kd.symbols.bits / 4, '0');
      return kind.endsWith('d') ? value.toString() : value.toString(16);
    }),
  );
  return 'done';
}

async function calculate(kd: Kd, rest: string): Promise<CommandOutcome> {
  const value = await kd.evaluate(rest);
  const width = kd.symbols.bits / 4;
  const digits = value.toString(16).padStart(width, '0');
  const hex = width === 16 ? `${digits.slice(0, 8)}\`${digits.slice(8)}` : digits.slice(-8);
  kd.console.line(`Evaluate expression: ${BigInt.asIntN(kd.symbols.bits, value)} = ${hex}`);
  return 'done';
}

function open(kd: Kd, rest: string, append: boolean): CommandOutcome {
  const file = takeQuoted(rest)?.quoted ?? rest.replace(/^\/[tud]\s+/, '').trim();
  kd.openLog(file || 'dbgeng.log', append);
  return 'done';
}

async function close(kd: Kd): Promise<CommandOutcome> {
  if (!kd.console.log) kd.console.line('No log file to close');
  else {
    kd.console.line(`Closing open log file ${kd.console.log.id}`);
    await kd.console.closeLog();
  }
  return 'done';
}
