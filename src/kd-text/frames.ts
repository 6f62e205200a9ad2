import { argumentCount, DIALECTS, dialectOfHeader, type StackDialect } from './frame-dialects.js';
import { type CallSite, parseCallSite } from './frame-site.js';
import { splitPrompts, splitQuestion } from './prompt.js';

export {
  DIALECTS,
  type DialectName,
  dialectOf,
  type StackColumn,
  type StackDialect,
  type StackForm,
} from './frame-dialects.js';
export { formatFrame, formatStack } from './frame-format.js';
export { type CallSite, parseCallSite } from './frame-site.js';

/** One line of a stack. Addresses and arguments are 16 hexadecimal digits, whatever the width they were printed in. */
export interface StackFrame extends CallSite {
  readonly number?: number;
  /** Frame pointer (x86) or stack pointer of the frame. */
  readonly child?: string;
  readonly ret?: string;
  readonly args?: readonly string[];
  /** An inlined call: it has no addresses of its own. */
  readonly inline: boolean;
}

/** @returns the form of the stack that follows, if the line is one of kd's stack headers, of whatever age and width */
export function parseStackHeader(line: string): StackDialect | undefined {
  // Cheap refusal first: this runs on every line that stands outside a stack.
  if (!/RetAddr|Call Site|STACK_TEXT|^[^#]{0,40}# *\r?$/.test(line)) return undefined;
  return dialectOfHeader(splitQuestion(splitPrompts(line).rest).rest);
}

const ADDRESS = '(?:[0-9a-f]{8}`?[0-9a-f]{8}|[0-9a-f]{8})';
const DASHES = '-{8}(?:`-{8})?';
const patterns = new WeakMap<StackDialect, RegExp>();

/** The pattern of a frame line: the columns up to the call site, which is what remains. */
function patternOf(dialect: StackDialect): RegExp {
  const known = patterns.get(dialect);
  if (known) return known;
  const address = dialect.width === 8 ? '[0-9a-f]{8}' : ADDRESS;
  const more = dialect.either ? '2,3' : argumentCount(dialect) - 1;
  const has = (column: StackDialect['columns'][number]): boolean => dialect.columns.includes(column);
  const colon = dialect.either ? ' +(?:: )?' : dialect.colons ? ' +: ' : ' +';
  // One blank between frame and return address, and no more: a memory dump with symbols (`dps`) has two.
  const real =
    (has('child') ? `(?<child>${address})${has('ret') ? ' ' : ''}` : '') +
    (has('ret') ? `(?<ret>${address})${colon}` : '') +
    (has('args') ? `(?<args>${address}(?: ${address}){${more}})${colon}` : '');
  const inline = `\\(Inline(?: Function)?\\)(?: *:? +${DASHES})*${colon}`;
  const number = has('number') ? '(?<number>[0-9a-f]{2,4}) +' : '(?:(?<number>[0-9a-f]{2,4}) +(?=\\(Inline))?';
  const memory = has('memory') ? '(?:[0-9a-f]{1,8} +)?' : '';
  const addresses = real === '' ? '' : `(?:${real}|(?<inline>${inline}))`;
  const pattern = new RegExp(`^ *${number}${memory}${addresses}(?<site>\\S.*)$`, 'i');
  patterns.set(dialect, pattern);
  return pattern;
}

const GUESSES: readonly StackDialect[] = [
  DIALECTS.x64KvNumbered,
  DIALECTS.x64Kv,
  DIALECTS.x64KbNumbered,
  DIALECTS.x64Kb,
  DIALECTS.x64KbNoArgs,
  DIALECTS.x86KbNumbered,
  DIALECTS.x86Kb,
  DIALECTS.x64KNumbered,
  DIALECTS.x64K,
  DIALECTS.x86KNumbered,
  DIALECTS.x86K,
];

/**
 * Reads one line of a stack.
 * @param line without its line end; a prompt in front and blanks behind do no harm
 * @param dialect what the header said; without it every form that has addresses is tried
 * @returns undefined if the line is not a frame of that form: instructions, memory dumps, `lm` and `bl` rows are none
 */
export function parseFrame(line: string, dialect?: StackDialect): StackFrame | undefined {
  const bare = splitPrompts(line).rest.trimEnd();
  if (dialect) return frameOf(bare, dialect);
  for (const guess of GUESSES) {
    const frame = frameOf(bare, guess);
    if (frame) return frame;
  }
  return undefined;
}

function frameOf(line: string, dialect: StackDialect): StackFrame | undefined {
  const groups = patternOf(dialect).exec(line)?.groups;
  const callSite = groups && parseCallSite(groups.site as string);
  if (!callSite) return undefined;
  const { number, child, ret, args, inline } = groups;
  // Where nothing but a name is printed, a name is all that can tell a frame from any other line.
  if (!dialect.columns.includes('ret') && !isFirmName(callSite, number !== undefined)) return undefined;
  return {
    ...callSite,
    ...(number !== undefined && { number: Number.parseInt(number, 16) }),
    ...(child !== undefined && { child: sixteen(child) }),
    ...(ret !== undefined && { ret: sixteen(ret) }),
    ...(args !== undefined && { args: args.split(' ').map(sixteen) }),
    inline: inline !== undefined || (callSite.notes?.some((note) => note.startsWith('(Inline')) ?? false),
  };
}

/** Where the parts of a frame line stand, in characters from its start. */
export interface FrameLayout {
  /** The call site. */
  readonly site: number;
  /** The first argument, or -1. */
  readonly args: number;
  readonly argCount: number;
  /** Characters of one argument: 8, 16 or 17 with kd's backtick. */
  readonly argWidth: number;
  /** Where digits may be other digits in the next line of the form: up to the call site, or up to the words of an inlined call. */
  readonly digitsEnd: number;
  readonly numbered: boolean;
}

/** The layout of a line that `parseFrame` reads as a frame of this dialect, and that has no prompt in front. */
export function frameLayout(line: string, dialect: StackDialect): FrameLayout | undefined {
  const groups = patternOf(dialect).exec(line.trimEnd())?.groups;
  if (!groups) return undefined;
  const { site = '', args, inline, number } = groups;
  const siteAt = line.trimEnd().length - site.length;
  return {
    site: siteAt,
    args:
      args === undefined || new Set(args.split(' ').map((word) => word.length)).size > 1
        ? -1
        : line.lastIndexOf(args, siteAt - 1),
    argCount: args?.split(' ').length ?? 0,
    argWidth: args?.indexOf(' ') ?? 0,
    digitsEnd: inline === undefined ? siteAt : line.indexOf('('),
    numbered: number !== undefined,
  };
}

function isFirmName(of: CallSite, numbered: boolean): boolean {
  if (of.address !== undefined) return true;
  if (of.symbol === undefined) return of.offset !== undefined;
  return numbered || !/\s/.test(of.site) || /[<`]|\boperator /.test(of.site);
}

function sixteen(address: string): string {
  return address.replace('`', '').toLowerCase().padStart(16, '0');
}

const NOISE = [
  /^ *\*\*\* (?:ERROR|WARNING|Stack trace for last set context|Unable to|Your debugger|Either you)/,
  /^WARNING: /,
  /^(?:DBGHELP|SYMSRV|DBGENG|SYMPROXY|DBGCORE):/,
  /^Loading symbols for /,
  /^(?:Unable to (?:read|load|verify)|Couldn't resolve|Page \w+ (?:not present|too large)) /,
  /^ *Force unload of /,
  /^Press ctrl-c \(cdb, kd, ntsd\)|^Run !sym noisy before/,
  /^Connected to Windows .*ptr64 (?:TRUE|FALSE)/,
  /^Loading (?:Kernel Symbols|User Symbols|unloaded module list)$/,
  /^\.+(?:Unable to .*)?$/,
  /^\s*$/,
];

/** A line that kd prints within a stack, between two frames, without the stack being over. Takes the line without its end. */
export function isInterleavedNoise(line: string): boolean {
  const text = line.trimEnd();
  return NOISE.some((pattern) => pattern.test(text));
}
