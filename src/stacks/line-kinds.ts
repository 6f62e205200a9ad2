import {
  isInterleavedNoise,
  parseCallSite,
  parseFrame,
  parseStackHeader,
  type StackDialect,
} from '../kd-text/frames.js';
import { splitPrompts } from '../kd-text/prompt.js';

/** What a line is, as far as that does not depend on the stack it may stand in. */
export type LineKind =
  | { readonly kind: 'header'; readonly dialect: StackDialect }
  /** One of the lines that kd prints between two frames. */
  | { readonly kind: 'noise' }
  /** A stop, a symbol line, a command: the stack before it is over. */
  | { readonly kind: 'end' }
  /** A prompt with something behind it, which may be a frame. */
  | { readonly kind: 'prompted' }
  /** Would be a frame with arguments, if a header had come before it. */
  | { readonly kind: 'stray' }
  /** A header that has lost a part: what follows belongs to no stack that is known. */
  | { readonly kind: 'lost-header' }
  /** Anything else: a frame of the open stack, or text. */
  | { readonly kind: 'text' };

const END =
  /^(?:Breakpoint \d+ hit|(?:Break instruction|Single step|WOW64 [\w ]+) ?(?:exception)? [-–] code|\w[\w ]+ - code [0-9a-f]{8} \(|\*\*\* Fatal System Error|Shutdown occurred at|Waiting to reconnect|Kernel Debugger connection established|Microsoft \(R\) Windows Debugger|Opened log file|Closing open log file|quit:|\.\.\. Retry sending)/;
const HEADER_WORDS = /^[ #]*(?:ChildEBP|Child-SP|RetAddr)\b.*|Args to Child *(?:: Call Site)?\s*$/;

/** Sorts one line, without its line end. */
export function kindOf(line: string): LineKind {
  const dialect = parseStackHeader(line);
  if (dialect) return { kind: 'header', dialect };
  const { prompts, rest } = splitPrompts(line);
  if (prompts.length > 0) return { kind: rest.trim() === '' ? 'end' : 'prompted' };
  if (isInterleavedNoise(line)) return { kind: 'noise' };
  if (END.test(line) || isSymbolLine(line)) return { kind: 'end' };
  if (HEADER_WORDS.test(line)) return { kind: 'lost-header' };
  return { kind: isStray(line) ? 'stray' : 'text' };
}

/** `nt!MmAllocateSpecialPool:`, the second line of every stop. */
function isSymbolLine(line: string): boolean {
  const text = line.trimEnd();
  return text.length < 4096 && /^\S*[!+].*[^:]:$/.test(text) && parseCallSite(text.slice(0, -1)) !== undefined;
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
  if (/^[0-9a-f`: -]*[^\s!:]+!\S+\+0x[0-9a-f]+$/.test(body)) return true;
  const dump = dialect.columns[0] === 'child' && /^[0-9a-f]{8}(?:`[0-9a-f]{8})? {2}/.test(body);
  if (dump) return false;
  if (body !== text && /^[0-9a-f]{8}/.test(body)) return true;
  const [first = '', second = ''] = body.split(/ +:? */);
  return /^[0-9a-f]{8}(?:`[0-9a-f]{0,8})?$/.test(first)
    ? second === '' || /^[0-9a-f]{8}/.test(second) || (body.length < 18 && /^[0-9a-f]+$/.test(second))
    : /^[0-9a-f]{8}(?:`[0-9a-f]{8})?$/.test(second) && body.includes('!');
}
