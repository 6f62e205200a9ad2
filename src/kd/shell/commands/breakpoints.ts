import { formatBreakpointList, formatBreakpointRow } from '../../../kd-text/listings/breakpoints.js';
import { splitCommands, takeQuoted } from '../../../kd-text/split-commands.js';
import type { Breakpoint, BreakpointWish } from '../../control/breakpoints/breakpoint.js';
import type { KnownTarget } from '../../control/known-target.js';
import type { Deferred } from '../deferred.js';
import { evaluate } from '../expressions/expression.js';
import { takeExpression } from '../expressions/take-expression.js';
import { CommandError, type ShellCommand, type ShellContext } from '../shell-context.js';
import { addressText, symbolAt } from '../text/place-text.js';

/** `bp[ID] [/1] address [passes] ["commands"]`: the target stops before it executes the instruction there. */
export const bpCommand: ShellCommand = {
  words: ['bp'],
  async run(context, _word, rest) {
    const { known, screen, stop } = context;
    const [, id, plainRest = ''] = NUMBERED.exec(rest) ?? [undefined, undefined, rest];
    const { options, text } = takeOptions(plainRest);
    const { expression, rest: more } = takeExpression(text);
    const plain = wishOf(more);
    const stackOnly = looksAtStackOnly(plain.command);
    const address = expression === '' ? stop.pc : await addressOf(expression, more, context);
    const numbered = id === undefined ? {} : { id: await freed(Number(id), known) };
    const wish = { ...plain, ...numbered, stackOnly, once: options.includes('1') };
    if (address === undefined) {
      const quoted = more === '' ? expression : `${expression} `;
      screen.line(`Bp expression '${quoted}' could not be resolved, adding deferred bp`);
      await context.deferred.add(expression, wish, context);
      return;
    }
    const before = known.breakpoints.list.find((each) => each.address === address && each.access === 'software');
    if (!before) known.breakpoints.add(address, 'software', 1, wish);
    else {
      // The engine tells the number that it had, also where it takes a lower one that is free.
      screen.line(`breakpoint ${before.id} redefined`);
      known.breakpoints.renumber(before);
      const passes = wish.passes ?? 1;
      Object.assign(before, { command: wish.command, passes, passesLeft: passes, once: wish.once, stackOnly });
      // Whoever sets one wants it to work: the engine enables it as well.
      if (!before.enabled) await known.breakpoints.enable(before, true);
    }
  },
};

/** `bp3 nt!Name`: with a number of its own. An address that is as short as a number is none of a kernel. */
const NUMBERED = /^(\d{1,2})\s+(?=[a-z_@/]|[0-9a-f`]{6})(.*)$/is;

/** A number that is taken goes to whoever asks for it last, as in kd. */
async function freed(id: number, { breakpoints }: KnownTarget): Promise<number> {
  const before = breakpoints.find(id);
  if (before) await breakpoints.clear(before);
  return id;
}

/** Undefined for a name of a module that is not there: in kd, too, the breakpoint waits for it. */
async function addressOf(expression: string, more: string, context: ShellContext): Promise<bigint | undefined> {
  try {
    return await evaluate(expression, context);
  } catch (error) {
    const module = /^(\w+)!\w+$/.exec(expression)?.[1]?.toLowerCase();
    const there = context.known.modules.known.some(({ name }) => name.toLowerCase() === module);
    if (!(error instanceof CommandError)) throw error;
    if (module !== undefined && !there) return undefined;
    // kd quotes the whole rest of the line. This one does nothing of what stands in it, as Microsoft's of today does.
    throw new CommandError(more === '' ? error.message : error.message.replace(/'$/, ` ${more}'`));
  }
}

/** What `r` and `j` do with `$t0` to `$t19` alone: none of the target's registers. */
const COUNTS = String.raw`(?:@?\$t1?\d|\d|[-+*%<>=()&| ])+`;
const ONE_LATER = new RegExp(
  String.raw`^(?:k[bnv]{0,2}(?: [0-9a-f]+)?|g|\.echo\b.*|b[de] \d+|r \$t1?\d ?=${COUNTS}|)$`,
);
const CHOICE = new RegExp(`^j ${COUNTS}'([^']*)' ?; ?'([^']*)'$`);

/** A command string that shows the stack, counts perhaps, and goes on: it sees no difference one instruction later. */
function looksAtStackOnly(commands: string | undefined): boolean {
  const words = splitCommands(commands ?? '').map((text) => text.trim());
  const last = words.pop() ?? '';
  if (!words.every((text) => ONE_LATER.test(text))) return false;
  const choice = CHOICE.exec(last);
  return last === 'g' || (choice !== null && looksAtStackOnly(choice[1]) && looksAtStackOnly(choice[2]));
}

/** Options such as `/1` in front of the address. */
export function takeOptions(text: string): { options: string; text: string } {
  const match = /^((?:\s*\/\w)*)\s*(.*)$/s.exec(text);
  return { options: (match?.[1] ?? '').replace(/[\s/]/g, ''), text: match?.[2] ?? '' };
}

/** Pass count and command string behind the address. */
export function wishOf(text: string): BreakpointWish {
  const match = /^(?:(?:0x)?([0-9a-f]+))?\s*(".*)?$/is.exec(text.trim());
  if (!match) throw new CommandError(`Syntax error at '${text}'`);
  const command = match[2] === undefined ? undefined : takeQuoted(match[2])?.quoted;
  return {
    ...(match[1] !== undefined && { passes: Number.parseInt(match[1], 16) }),
    ...(command !== undefined && { command }),
  };
}

/** `ba e1|w1|w2|w4|w8|r… address`: a breakpoint in a debug register of every processor. */
export const baCommand: ShellCommand = {
  words: ['ba'],
  async run(context, _word, rest) {
    const { known } = context;
    const match = /^\s*([erwi])\s*([1248])\s+(.+)$/s.exec(rest);
    if (!match) throw new CommandError(`Syntax error at '${rest}'`);
    const [, letter = '', size = '1', text = ''] = match;
    const { expression: where, rest: more } = takeExpression(text);
    if (letter === 'i') throw new CommandError('I/O breakpoints are not supported by this kd.');
    const address = await evaluate(where, context);
    const bytes = Number(size);
    if (bytes === 8 && known.architecture.bits === 32) throw new CommandError(`Breakpoint size error at '${rest}'`);
    if (letter === 'e' && bytes !== 1) throw new CommandError('An execution breakpoint has the size 1: ba e1 address');
    if (address % BigInt(bytes) !== 0n)
      throw new CommandError(`Data breakpoint must be aligned to its size: '${rest}'`);
    const access = letter === 'e' ? 'execute' : letter === 'w' ? 'write' : 'access';
    known.breakpoints.add(address, access, bytes, wishOf(more));
  },
};

/** `bl` */
export const blCommand: ShellCommand = {
  words: ['bl'],
  async run(context) {
    const { known, deferred, screen } = context;
    const waiting = deferred.waiting(known).map((each) => ({ id: each.id, row: waitingRow(each, known) }));
    const rows = [...waiting];
    for (const each of known.breakpoints.list) rows.push({ id: each.id, row: await rowOf(each, context) });
    screen.lines(formatBreakpointList(rows.sort((a, b) => a.id - b.id).map(({ row }) => row)));
  },
};

/** One that waits for its module: `0 eu … (mydrv!DriverEntry)`. */
function waitingRow({ id, enabled, expression, wish }: Deferred, { architecture }: KnownTarget): string {
  const command = wish.command !== undefined && { command: wish.command };
  return formatBreakpointRow({ id, enabled, resolved: false, symbol: expression, ...command }, architecture.bits);
}

async function rowOf(each: Breakpoint, context: ShellContext): Promise<string> {
  const row = formatBreakpointRow(
    {
      id: each.id,
      enabled: each.enabled,
      resolved: true,
      address: addressText(each.address),
      symbol: (await symbolAt(context, each.address)) ?? '',
      ...(each.command !== undefined && { command: each.command }),
      ...(each.once && { once: true as const }),
    },
    context.known.architecture.bits,
  );
  if (each.access === 'software') return row;
  // kd puts access and size of a data breakpoint behind its address.
  const letter = { execute: 'e', write: 'w', access: 'r' }[each.access];
  return row.replace(/ {5}0001/, ` ${letter} ${each.bytes} 0001`);
}

/** `bc|bd|be *|id…`: clear, disable, enable. */
export const bcCommand: ShellCommand = {
  words: ['bc', 'bd', 'be'],
  async run({ known, deferred }, word, rest) {
    const { breakpoints } = known;
    for (const each of chosen(breakpoints.list, rest)) {
      if (word === 'bc') await breakpoints.clear(each);
      else await breakpoints.enable(each, word === 'be');
    }
    for (const each of chosen(deferred.waiting(known), rest)) {
      if (word === 'bc') await deferred.remove(each, known);
      else each.enabled = word === 'be';
    }
    if (word === 'bc' && breakpoints.list.length === 0) await breakpoints.clearStray();
  },
};

/** `*`, `0`, `0 2`, `0,2`, `1-3`. */
function chosen<T extends { readonly id: number }>(list: readonly T[], text: string): T[] {
  const words = text.split(/[\s,]+/).filter(Boolean);
  if (words.length === 0) throw new CommandError('Breakpoint id missing: bc *, or bc 0 1 2-4');
  if (words.includes('*')) return [...list];
  const ids = new Set(words.flatMap(idsOf));
  return list.filter(({ id }) => ids.has(id));
}

function idsOf(word: string): number[] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(word);
  if (!match) throw new CommandError(`Breakpoint id error at '${word}'`);
  const from = Number(match[1]);
  const to = Math.min(Number(match[2] ?? from), from + 31);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
