import {
  formatFrame,
  type GuessedFrame,
  guessFrame,
  loosened,
  parseFrame,
  parseWindowFrame,
  type StackFrame,
  withoutRawArguments,
} from '../../kd-text/frames/frames.js';
import { undress } from '../../kd-text/frames/line-dress.js';
import { poolArguments } from '../attribute/frame-kinds.js';
import { frameNumber } from '../scanner/frame-number.js';
import type { KnownDialect, Scanner } from '../scanner/scanner.js';
import type { CallSites, TableFrame } from '../stack-table.js';
import { isDamagedFrame } from './line-kinds.js';
import type { UnreadLines } from './unread.js';

/** Where a line stands in the scanner's input; `own`: it is there as its text has it. */
export interface LinePlace {
  readonly at: number;
  readonly feed: number;
  readonly own: boolean;
}

/** The front of a frame whose line a mailer wrapped, until the next line shows what it is. */
interface Front {
  readonly text: string;
  readonly line: number;
  readonly node: number;
  readonly depth: number;
}

/** What people write for frames that they leave out. */
const LEFT_OUT = /^\s*[[(<]?\s*(?:\.{3,6}|\u2026|-*\s*(?:snip\w*|cut|omitted|truncated|skipped)\b[^!]*)\s*[\])>]?\s*$/i;
/** Characters of such words, and of a frame that was wrapped. */
const SHORT = 80;
const WRAPPED = 512;

/** The stack that is open: takes its frames, and leaves a mark where some of them are missing or could not be read. */
export class OpenStack {
  #front: Front | undefined;
  #dumpedAt = -1;
  #strayAt = -1;
  /** A frame that belongs to no stack, as long as no other follows. */
  #lone: { readonly line: number; readonly text: string } | undefined;

  constructor(
    private readonly scanner: Scanner,
    private readonly sites: CallSites,
    private readonly unread: UnreadLines,
  ) {}

  /** The scanner has moved its stacks: where the front of a wrapped line stood is not known any more. */
  forget(): void {
    this.#front = undefined;
  }

  /** @returns whether the line is a frame of the open stack, or what a command printed that dumps memory with symbols */
  frame(text: string, open: KnownDialect, place: LinePlace): boolean {
    const parsed = parseFrame(text, open.dialect) ?? this.#windowed(text) ?? argued(text, open);
    if (parsed) {
      this.add(parsed, open, text, place);
      return true;
    }
    const spaced = parseFrame(text, loosened(open.dialect));
    if (!spaced) return false;
    // A dump of memory has two blanks as well; it begins at the stack pointer, and no frame lies there.
    const address = spaced.child ?? spaced.ret;
    const newest = this.scanner.newestAddress;
    const ahead = newest === undefined || address === undefined || BigInt(`0x${address}`) > newest;
    const dump = open.dialect.columns[0] === 'child' && (!ahead || this.#dumpedAt === this.#line - 1);
    if (dump) this.#dumpedAt = this.#line;
    else this.add(spaced, open, text, { ...place, own: false });
    return true;
  }

  /** A frame behind a header of another form, or of none; a stack begins with it, or goes on. @returns whether that is certain */
  begin(text: string, open: KnownDialect | undefined, place: LinePlace): boolean {
    const guess = guessOf(text);
    if (!guess) return false;
    const { frame, dialect } = guess;
    const { code, isEmpty } = this.scanner;
    const form = this.scanner.dialect(dialect);
    if (open && !isEmpty) {
      if (frame.number === 0) code.open(form.at, place.at);
      else if (frame.number === undefined || frame.number !== code.depth.value) return false;
      else code.dialect.value = form.at;
    } else if (open) code.dialect.value = form.at;
    else {
      // Behind frames that could not be read is the rest of their stack.
      if ((frame.number ?? 0) > 0 || this.#strayAt === this.#line - 1) {
        this.#strayRun(text, frame);
        return true;
      }
      code.open(form.at, place.at);
    }
    this.add(frame, form, text, place);
    return true;
  }

  /** The second half of a line that was wrapped. @returns whether it made a frame of the first, or may still do so */
  rejoin(text: string, open: KnownDialect, { at, feed }: LinePlace): boolean {
    const front = this.#front;
    if (!front || this.#line - front.line > 1) return false;
    const rest = undress(text).trim();
    if (rest === '' || front.text.length + rest.length > WRAPPED) return false;
    for (const joined of [`${front.text} ${rest}`, `${front.text}${rest}`]) {
      const parsed = parseFrame(joined, open.dialect) ?? parseFrame(joined, loosened(open.dialect));
      if (parsed) {
        this.#front = undefined;
        this.scanner.code.node.value = front.node;
        this.scanner.code.depth.value = front.depth;
        this.unread.withdraw();
        this.add(parsed, open, joined, { at, feed, own: false });
        return true;
      }
      if (!isDamagedFrame(rest, open.dialect) || /^[0-9a-f]{2,3} /.test(rest)) continue;
      this.#front = { ...front, text: joined, line: this.#line };
      return true;
    }
    return false;
  }

  /** A line that was a frame before something damaged it, or the front of one. */
  lose(text: string, open: KnownDialect, { at, feed }: LinePlace): void {
    const { code } = this.scanner;
    this.unread.add(this.#line, text);
    this.#front = { text: undress(text).trimEnd(), line: this.#line, node: code.node.value, depth: code.depth.value };
    const numbered = open.dialect.columns.includes('number');
    const depth = code.depth.value + (numbered ? 1 : 0);
    this.#gap('a line could not be read', at, feed);
    code.depth.value = depth;
  }

  /** Words that stand for frames. */
  leavesOut(text: string, open: KnownDialect, { at, feed }: LinePlace): boolean {
    if (this.scanner.isEmpty || open.dialect.columns.includes('number') || text.length > SHORT || !LEFT_OUT.test(text))
      return false;
    this.#gap('frames were left out', at, feed);
    return true;
  }

  /** A frame that belongs to no stack that is known. */
  stray(text: string): void {
    this.#strayAt = this.#line;
    this.unread.add(this.#line, text);
  }

  /** One frame alone is what `.frame` prints; a second makes a stack. */
  #strayRun(text: string, { args }: StackFrame): void {
    const before = this.#lone;
    this.#lone = undefined;
    if (before?.line === this.#line - 1) this.unread.add(before.line, before.text);
    else if (args === undefined && this.#strayAt !== this.#line - 1) {
      this.#lone = { line: this.#line, text };
      return;
    }
    this.stray(text);
  }

  /** What a listing says of the whole stack that it begins. */
  injected(at: number): void {
    const { code } = this.scanner;
    const site = this.sites.marked('fault injected by Driver Verifier', 'injected');
    code.grow(code.step(code.node.value, frameNumber(site, undefined)), at, 0, at);
    code.frames.value--;
  }

  add(parsed: StackFrame, open: KnownDialect, text: string, { at, feed, own }: LinePlace): void {
    const { code } = this.scanner;
    if (!this.#numbered(parsed, open, text, at, feed)) return;
    const site = this.sites.number(parsed);
    const known = this.sites.sites[site] as TableFrame;
    const frame = frameNumber(site, poolArguments(known));
    if (!own) {
      // In kd's own form its arguments can be read as everywhere.
      const desk = this.scanner.lay(`${formatFrame(parsed, open.dialect, parsed.number ?? 0)}\n`);
      const shape = desk === undefined ? 0 : this.scanner.shape(open, desk, formatFrame(parsed, open.dialect, 0));
      code.grow(code.step(code.node.value, frame), desk ?? at, shape, feed + 1);
      return;
    }
    const shape = this.scanner.shape(open, at, text);
    // Notes with addresses and parameter values differ from hit to hit: such a spelling is not worth keeping.
    const kept = !parsed.notes?.some((note) => note.includes('@')) && known.text === parsed.site;
    if (shape && kept) code.learnSpelling(at + this.scanner.prefixOf(shape), feed + 1, frame);
    code.grow(code.step(code.node.value, frame), at, shape, feed + 1);
  }

  /** Looks at a frame's number. @returns false if it belongs to a stack whose beginning is not there */
  #numbered(parsed: StackFrame, open: KnownDialect, text: string, at: number, feed: number): boolean {
    if (parsed.number === undefined || !open.dialect.columns.includes('number')) return true;
    const { code, isEmpty } = this.scanner;
    const due = code.depth.value;
    // MEX counts in tens.
    const number = open.dialect.loose && parsed.number.toString(16) === String(due) ? due : parsed.number;
    // Number 0 within a stack: the header between two stacks was lost.
    if (number === 0 && !isEmpty) code.open(open.at, at);
    else if (number > due) {
      const [from, to] = [due.toString(16), (number - 1).toString(16)];
      this.#gap(from === to ? `frame ${from} is missing` : `frames ${from} to ${to} are missing`, at, feed);
    } else if (number < due) {
      code.close(false, false);
      this.stray(text);
      return false;
    }
    code.depth.value = number;
    return true;
  }

  #gap(why: string, at: number, feed: number): void {
    const { code, newestSite } = this.scanner;
    if (newestSite !== undefined && this.sites.sites[newestSite]?.mark === 'gap') return;
    code.grow(code.step(code.node.value, frameNumber(this.sites.marked(why, 'gap'), undefined)), at, 0, feed);
    code.frames.value--;
  }

  #windowed(text: string): StackFrame | undefined {
    return text.trimStart().startsWith('[') && !this.scanner.isEmpty ? parseWindowFrame(text)?.frame : undefined;
  }

  get #line(): number {
    return this.scanner.code.lines.value;
  }
}

/** A line of the Calls window in a stack of names alone, which has raw arguments in front. */
function argued(text: string, { dialect }: KnownDialect): StackFrame | undefined {
  const bare = dialect.columns.includes('ret') ? undefined : withoutRawArguments(text);
  return bare === undefined ? undefined : parseFrame(bare, dialect);
}

/** A line that is a frame whatever stands before it. */
function guessOf(text: string): GuessedFrame | undefined {
  if (/^\s*\[(?:0x|Inline)/i.test(text)) return parseWindowFrame(text);
  if (!/^ *(?:[0-9a-f]{2,4} +)?(?:[0-9a-f]{8}|\(Inline)/i.test(text)) return undefined;
  const guess = guessFrame(text);
  if (!guess || guess.frame.ret === undefined) return undefined;
  const { symbol, offset, args, address } = guess.frame;
  const named = symbol !== undefined || offset !== undefined;
  return named || (args !== undefined && address !== undefined) ? guess : undefined;
}
