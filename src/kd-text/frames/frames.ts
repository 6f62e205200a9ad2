import { splitPrompts, splitQuestion } from '../prompt.js';
import { argumentCount, DIALECTS, dialectOfHeader, type StackDialect } from './frame-dialects.js';
import { type CallSite, parseCallSite } from './frame-site.js';

export {
  DIALECTS,
  type DialectName,
  dialectOf,
  RETURNS,
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

const HEADER_AT = /(?:# +)?(?:Memory +)?(?:ChildEBP|Child-SP|FramePtr|RetAddr)\b/;

/** Names alone are listed under words that somebody may have written: behind a command, or a number, they are a header. */
const NAMES_AT = /(?<=^\s*k[a-zA-Z]*\s*|\d.*[\s:|>\])}])(?:# +)?Call Site\s*$/;

/** A header with something before it on its line: a command whose line end is lost, or what another program puts before every line. */
export function parseGluedHeader(line: string): { readonly dialect: StackDialect; readonly front: string } | undefined {
  if (!/RetAddr|Call Site\s*$/.test(line)) return undefined;
  const text = splitPrompts(line).rest;
  const at = (HEADER_AT.exec(text) ?? NAMES_AT.exec(text))?.index ?? 0;
  const dialect = at > 0 ? dialectOfHeader(text.slice(at)) : undefined;
  return dialect && { dialect, front: text.slice(0, at) };
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
  const after = dialect.loose ? ': +' : ': ';
  const colon = dialect.either ? ' +(?:: )?' : dialect.colons ? ` +${after}` : ' +';
  // One blank between frame and return address, and no more: a memory dump with symbols (`dps`) has two.
  const gap = dialect.loose ? ' +' : ' ';
  const real =
    (has('child') ? `(?<child>${address})${has('ret') ? gap : ''}` : '') +
    (has('ret') ? `(?<ret>${address})${colon}` : '') +
    (has('args') ? `(?<args>${address}(?:${gap}${address}){${more}})${colon}` : '');
  const inline = `\\(Inline(?: Function)?\\)(?: *:? +${DASHES})*${colon}`;
  const number = has('number')
    ? `(?<number>[0-9a-f]{${dialect.loose ? 1 : 2},4}) +`
    : '(?:(?<number>[0-9a-f]{2,4}) +(?=\\(Inline))?';
  const memory = has('memory') ? '(?:[0-9a-f]{1,8} +)?' : '';
  const addresses = real === '' ? '' : `(?:${real}|(?<inline>${inline}))`;
  const pattern = new RegExp(`^ *${number}${memory}${addresses}(?<site>\\S.*)$`, 'i');
  patterns.set(dialect, pattern);
  return pattern;
}

/** `kf` has one column more, which is empty for the innermost frame. */
const withMemory = (of: StackDialect): StackDialect => ({
  ...of,
  columns: of.columns.flatMap((column) => (column === 'child' ? ['memory', 'child'] : [column])),
});

const GUESSES: readonly StackDialect[] = [
  DIALECTS.x64KvNumbered,
  DIALECTS.x64Kv,
  DIALECTS.x64KbNumbered,
  DIALECTS.x64Kb,
  DIALECTS.x64KbNoArgs,
  DIALECTS.x86KbNumbered,
  DIALECTS.x86Kb,
  withMemory(DIALECTS.x64KNumbered),
  DIALECTS.x64K,
  withMemory(DIALECTS.x86KNumbered),
  DIALECTS.x86K,
];

/**
 * Reads one line of a stack.
 * @param line without its line end; a prompt in front and blanks behind do no harm
 * @param dialect what the header said; without it every form that has addresses is tried
 * @returns undefined if the line is not a frame of that form: instructions, memory dumps, `lm` and `bl` rows are none
 */
export function parseFrame(line: string, dialect?: StackDialect): StackFrame | undefined {
  if (!dialect) return guessFrame(line)?.frame;
  return frameOf(splitPrompts(line).rest.trimEnd(), dialect);
}

/** A frame of a stack whose header is not known, and the form that it has. */
export interface GuessedFrame {
  readonly frame: StackFrame;
  readonly dialect: StackDialect;
}

export function guessFrame(line: string): GuessedFrame | undefined {
  const bare = splitPrompts(line).rest.trimEnd();
  for (const dialect of GUESSES) {
    const frame = frameOf(bare, dialect);
    if (frame) return { frame, dialect };
  }
  return undefined;
}

const looser = new WeakMap<StackDialect, StackDialect>();

/** The same form with any number of blanks between its columns, as people and programs make them. */
export function loosened(dialect: StackDialect): StackDialect {
  if (dialect.loose || !dialect.columns.includes('ret')) return dialect;
  const known = looser.get(dialect) ?? { ...dialect, loose: true };
  looser.set(dialect, known);
  return known;
}

// `[0x2]   tapedrv!TapeOpen+0x13b   0xffffce89fe14e530   0xfffff8060fc2a306   `: what the Stack window gives to the clipboard.
const WINDOW =
  /^\s*\[(?:0x([0-9a-f]{1,3})|Inline[^\]]*)\]\s+(\S.*?)\s+(?:(0x[0-9a-f`]+|[0-9a-f`]{8,17})\s+(0x[0-9a-f`]+|[0-9a-f`]{8,17})|\(?Inline\b.*?)\s*$/i;

// `82a51030 82b83f68 00000000 tapedrv!TapeOpen+0x13b`: the Calls window with raw arguments and without addresses.
const RAW_ARGS =
  /^( *(?:[0-9a-f]{2,3} +)?)(?::? *(?:[0-9a-f]{8} +){3}|:? *(?:[0-9a-f]{8}`[0-9a-f]{8} +){3,4}:? *)(?=[^\s!]+!)/i;

/** A line of the Calls window without the raw arguments in front of its call site; undefined if it has none. */
export function withoutRawArguments(line: string): string | undefined {
  const found = RAW_ARGS.exec(line);
  return found ? `${found[1]}${line.slice(found[0].length)}` : undefined;
}

/** A line of the Stack window of WinDbg. */
export function parseWindowFrame(line: string): GuessedFrame | undefined {
  const [, number, site, child, ret] = WINDOW.exec(line) ?? [];
  const callSite = site === undefined ? undefined : parseCallSite(site);
  if (!callSite || (callSite.symbol === undefined && callSite.offset === undefined && callSite.address === undefined))
    return undefined;
  const digits = (text = '0'): string => sixteen(text.replace(/^0x/i, ''));
  const frame: StackFrame = {
    ...callSite,
    ...(number !== undefined && { number: Number.parseInt(number, 16) }),
    child: digits(child),
    ret: digits(ret),
    inline: child === undefined,
  };
  return { frame, dialect: DIALECTS.x64KNumbered };
}

function frameOf(line: string, dialect: StackDialect): StackFrame | undefined {
  const groups = patternOf(dialect).exec(line)?.groups;
  const printed = groups?.site ?? '';
  // Behind two blanks is the column of sources.
  const callSite = groups && parseCallSite(dialect.loose ? printed.replace(/ {2,}\S.*$/, '') : printed);
  if (!callSite) return undefined;
  const { number, child, ret, args, inline } = groups;
  // Where nothing but a name is printed, a name is all that can tell a frame from any other line.
  if (!dialect.columns.includes('ret') && !isFirmName(callSite, number !== undefined)) return undefined;
  return {
    ...callSite,
    ...(number !== undefined && { number: Number.parseInt(number, 16) }),
    ...(child !== undefined && { child: sixteen(child) }),
    ...(ret !== undefined && { ret: sixteen(ret) }),
    ...(args !== undefined && { args: args.split(/ +/).map(sixteen) }),
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
  /** The last two digits of the frame's number, or -1. */
  readonly numberAt: number;
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
    numberAt: number === undefined ? -1 : line.indexOf(number) + number.length - 2,
  };
}

function isFirmName(of: CallSite, numbered: boolean): boolean {
  if (of.address !== undefined) return true;
  if (of.symbol === undefined) return of.offset !== undefined;
  // Parameters, as the Calls window shows them: `tapedrv!TapeOpen(struct _IRP * Irp = 0x82b83f68)+0x13b`.
  if (of.offset !== undefined && !/\s/.test(of.symbol)) return true;
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
