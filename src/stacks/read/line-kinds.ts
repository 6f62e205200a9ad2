import { type BurstMark, parseBurstMark } from '../../kd-text/burst-marks.js';
import { asksForStack, resumesTarget } from '../../kd-text/commands.js';
import {
  isInterleavedNoise,
  parseCallSite,
  parseFrame,
  parseStackHeader,
  type StackDialect,
} from '../../kd-text/frames/frames.js';
import { type KnownStackCounts, parseKnownStacks } from '../../kd-text/frames/known-stacks.js';
import {
  isEstablished,
  parseKdVersion,
  parseKernelVersion,
  parseWaitingToReconnect,
} from '../../kd-text/listings/banner.js';
import { type ListingHeader, parseListingHeader } from '../../kd-text/listings/listing-headers.js';
import {
  type ModulePlace,
  parseDefaultedToExports,
  parseLoadedModule,
  parseModuleRow,
} from '../../kd-text/listings/modules.js';
import { parseRegisters, type Registers } from '../../kd-text/listings/registers.js';
import { type FreedLine, parsePoolLine, type RequestLine } from '../../kd-text/pool/pool-lines.js';
import { splitPrompts } from '../../kd-text/prompt.js';
import { parseRetry } from '../../kd-text/retry.js';
import { parseSessionTime, parseShutdown } from '../../kd-text/session-time.js';
import { parseStop, type Stop } from '../../kd-text/stop.js';

/** What a line is, as far as that does not depend on the stack it may stand in. */
export type LineKind =
  | { readonly kind: 'header'; readonly dialect: StackDialect }
  /** What begins a stack in another listing of kd's extensions. */
  | { readonly kind: 'listing'; readonly listing: ListingHeader }
  /** One of the lines that kd prints between two frames; it may say that kd has only the exports of a module. */
  | { readonly kind: 'noise'; readonly exportsOnly?: string }
  /** Where a module lies: a row of `lm`, or what the target has printed. */
  | { readonly kind: 'module'; readonly module: ModulePlace }
  /** What stopped the target. */
  | { readonly kind: 'stop'; readonly stop: Stop }
  /** `nt!MmAllocateSpecialPool:`, the second line of every stop. */
  | { readonly kind: 'place'; readonly symbol: string }
  /** A prompt alone. */
  | { readonly kind: 'prompt' }
  /** A prompt with something behind it: a command, or a line that may be a frame. */
  | { readonly kind: 'prompted'; readonly resumes: boolean; readonly asks: boolean; readonly exportsOnly?: string }
  /** What says that the stack before it is over, and the target's stop as well. */
  | { readonly kind: 'end' }
  /** The same, from a target that is reset, or from a kd that waits for one: after its own banner it has only just begun. */
  | { readonly kind: 'anew'; readonly what: 'reboot' | 'waiting' | 'kd' }
  /** A fact about the session: the stack before it is over. */
  | {
      readonly kind: 'fact';
      readonly time?: number;
      readonly target?: string;
      readonly connected?: true;
      readonly knownStacks?: KnownStackCounts;
      readonly burst?: BurstMark;
    }
  /** What the command string of a breakpoint says that was asked for, or freed. */
  | RequestLine
  | FreedLine
  | { readonly kind: 'registers'; readonly registers: Registers }
  /** Would be a frame with arguments, if a header had come before it. */
  | { readonly kind: 'stray' }
  /** A header that has lost a part: what follows belongs to no stack that is known. */
  | { readonly kind: 'lost-header' }
  /** Anything else: a frame of the open stack, or text. */
  | { readonly kind: 'text' };

/** A line, with the processor that its last prompt names; null if a prompt names none, undefined without a prompt. */
export type LogLine = LineKind & { readonly processor?: number | null };

const END = /^(?:Opened log file|Closing open log file|quit:|Threads matching filter:)/;
/** What `!analyze` says after its stack. */
const ANALYSIS =
  /^(?:FOLLOWUP_\w+|SYMBOL_\w+|MODULE_NAME|IMAGE_\w+|STACK_COMMAND|FAILURE_\w+|BUCKET_\w+|OSPLATFORM_\w+|PRIMARY_\w+):(?:\s|$)/;
const HEADER_WORDS = /^[ #]*(?:ChildEBP|Child-SP|RetAddr)\b.*|Args to Child *(?:: Call Site)?\s*$/;

/** What every line has that is anything but text. A driver that prints much should not cost a dozen patterns a line. */
const NOTABLE =
  /^[A-Z*.?[#\s\d]|^(?:kd|lkd|quit|livedebug|(?:[0-9a-f]{2,4} +)?[0-9a-f]{8})|[:#]\s*$|=|RetAddr|Call Site|Args to Child|STACK_TEXT|: loaded at |^$/;

/** Sorts one line, without its line end. */
export function sortLine(line: string): LogLine {
  if (!NOTABLE.test(line)) return { kind: 'text' };
  const { prompts, rest } = splitPrompts(line);
  const last = prompts.at(-1);
  if (last === undefined) return kindOf(line);
  return { ...promptedKind(rest), processor: last.processor ?? null };
}

function promptedKind(rest: string): LineKind {
  if (rest.trim() === '') return { kind: 'prompt' };
  const kind = kindOf(rest);
  if (kind.kind !== 'text' && kind.kind !== 'stray' && kind.kind !== 'noise' && kind.kind !== 'lost-header')
    return kind;
  const said = kind.kind === 'noise' && kind.exportsOnly !== undefined && { exportsOnly: kind.exportsOnly };
  return { kind: 'prompted', resumes: resumesTarget(rest), asks: asksForStack(rest), ...said };
}

function kindOf(line: string): LineKind {
  const dialect = parseStackHeader(line);
  if (dialect) return { kind: 'header', dialect };
  const listing = parseListingHeader(line);
  if (listing) return { kind: 'listing', listing };
  if (isInterleavedNoise(line)) {
    const exportsOnly = parseDefaultedToExports(line);
    return exportsOnly === undefined ? { kind: 'noise' } : { kind: 'noise', exportsOnly };
  }
  const module = parseModuleRow(line) ?? parseLoadedModule(line);
  if (module) return { kind: 'module', module };
  const stop = parseStop(line);
  if (stop) return { kind: 'stop', stop };
  const fact = factOf(line);
  if (fact) return fact;
  if (END.test(line) || parseRetry(line)) return { kind: 'end' };
  const anew = anewOf(line);
  if (anew) return { kind: 'anew', what: anew };
  const symbol = placeOf(line);
  if (symbol !== undefined) return { kind: 'place', symbol };
  if (HEADER_WORDS.test(line)) return { kind: 'lost-header' };
  const said = parsePoolLine(line);
  if (said) return said;
  const registers = parseRegisters(line);
  if (registers) return { kind: 'registers', registers };
  return { kind: isStray(line) ? 'stray' : 'text' };
}

function factOf(line: string): LineKind | undefined {
  const time = parseSessionTime(line);
  if (time !== undefined) return { kind: 'fact', time };
  if (isEstablished(line)) return { kind: 'fact', connected: true };
  const knownStacks = parseKnownStacks(line);
  if (knownStacks) return { kind: 'fact', knownStacks };
  const burst = parseBurstMark(line);
  if (burst) return { kind: 'fact', burst };
  if (ANALYSIS.test(line)) return { kind: 'fact' };
  return parseKernelVersion(line)?.begins ? { kind: 'fact', target: line.trim() } : undefined;
}

function anewOf(line: string): 'reboot' | 'waiting' | 'kd' | undefined {
  if (parseShutdown(line) !== undefined) return 'reboot';
  if (parseWaitingToReconnect(line) !== undefined) return 'waiting';
  return parseKdVersion(line) ? 'kd' : undefined;
}

function placeOf(line: string): string | undefined {
  const text = line.trimEnd();
  const place = text.length < 4096 && /^\S*[!+].*[^:]:$/.test(text) ? text.slice(0, -1) : undefined;
  return place !== undefined && parseCallSite(place) ? place : undefined;
}

function isStray(line: string): boolean {
  return /^ *(?:[0-9a-f]{2,4} +)?[0-9a-f]{8}[ `]/i.test(line) && parseFrame(line)?.args !== undefined;
}

/**
 * Whether a line inside a stack, which the stack's form does not fit, was a frame before something damaged it.
 * Memory dumps (two blanks after the address) and instructions are none.
 */
export function isDamagedFrame(line: string, dialect: StackDialect): boolean {
  if (!dialect.columns.includes('ret')) return /^[0-9a-f]{2,3} \S+!/.test(line);
  const text = splitPrompts(line).rest.trimEnd();
  const body = dialect.columns.includes('number') ? text.replace(/^ *[0-9a-f]{2,3} +/, '') : text;
  const dump = dialect.columns[0] === 'child' && /^[0-9a-f]{8}(?:`[0-9a-f]{8})? {2}/.test(body);
  if (dump) return false;
  if (/^[0-9a-f`: -]*[^\s!:]+!\S+\+0x[0-9a-f]+$/.test(body) || /^[\w.$-]+![\w:~@?$<>]*[\w>]$/.test(body)) return true;
  if (body !== text && /^[0-9a-f]{8}/.test(body)) return true;
  const [first = '', second = ''] = body.split(/ +:? */);
  return /^[0-9a-f]{8}(?:`[0-9a-f]{0,8})?$/.test(first)
    ? second === '' ||
        /^[0-9a-f]{8}/.test(second) ||
        /^[0-9a-f]{2,}[^0-9a-z\s]/.test(second) ||
        (body.length < 18 && /^[0-9a-f]+$/.test(second))
    : /^[0-9a-f]{8}(?:`[0-9a-f]{8})?$/.test(second) && body.includes('!');
}
