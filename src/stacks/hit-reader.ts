import { DIALECTS, parseCallSite, parseGluedHeader, type StackDialect } from '../kd-text/frames.js';
import { behindFront, cleaned, frontClass, undress } from '../kd-text/line-dress.js';
import type { ListingHeader } from '../kd-text/listing-headers.js';
import { splitPrompts } from '../kd-text/prompt.js';
import type { Registers } from '../kd-text/registers.js';
import type { Findings } from './findings.js';
import { isAllocatorFrame } from './frame-kinds.js';
import { Ledger } from './ledger.js';
import { doingOf, isLasting } from './line-doing.js';
import { LineInput, LONGEST_LINE, ROOM } from './line-input.js';
import { isDamagedFrame, type Line, sortLine } from './line-kinds.js';
import { EncodingGate, textOf, withoutReturns } from './line-text.js';
import { LogFacts } from './log-facts.js';
import { NamesAlone } from './names-alone.js';
import { type LinePlace, OpenStack } from './open-stack.js';
import { WHY } from './scanner/code.js';
import { frameNumber } from './scanner/frame-number.js';
import { type Doing, type KnownDialect, Scanner } from './scanner/scanner.js';
import { CallSites } from './stack-table.js';
import { StopNotes } from './stop-notes.js';
import type { Standing } from './tallies.js';
import { UnreadLines } from './unread.js';
import { WrappedHeader } from './wrapped-header.js';
import type { Wrappers } from './wrappers.js';

const LINE_FEED = 0x0a;
/** Longer lines are not remembered: those that come again and again are short. */
const LENGTH = 200;
/** A log that stops with such a line is whole: a prompt never has a line end. */
const ENDS_WHOLE: ReadonlySet<Line['kind']> = new Set(['prompt', 'end', 'stop', 'place']);

/** What a line has that may be more than it seems, if what stands around it is left out. */
const TELLING =
  /[0-9a-f]{8}|[!+]|RetAddr|Call Site|kd(?::x86)?>|Breakpoint \d|break instruction|threads? \[|Pool block|Waiting to|Shutdown|onnected to|Kernel Version|session time|established|\*\*\*|&gt;/i;
/** So many such lines are remembered. */
const DULL = 500;

export interface HitReaderOptions {
  /** Bytes of the whole log, if that is known. */
  readonly size?: number;
  /** Where in the log the bytes begin that will come. */
  readonly from?: number;
  /** Modules, in lower case, of which kd has only the exports, as an earlier part of the log says. */
  readonly exportsOnly?: Iterable<string>;
  /** Wrappers besides the known ones. */
  readonly wrappers?: Wrappers | undefined;
}

/**
 * Reads a log as it comes, in chunks of any size, and keeps the books of its stacks. Every header followed by at least one
 * frame is a hit. What was met before is recognised by the scanner; this is where new lines are understood.
 * Memory follows the number of distinct stacks and call sites.
 */
export class HitReader {
  readonly unread = new UnreadLines();
  /** Bytes given to `push`, before any change of encoding. */
  bytes = 0;
  /** The input ended in the middle of a line, and not at a prompt. */
  cutOff = false;
  readonly ledger: Ledger;

  readonly #gate = new EncodingGate();
  readonly #scanner = new Scanner();
  readonly #sites = new CallSites();
  readonly #facts: LogFacts;
  readonly #notes = new StopNotes(this.#scanner.code.note);
  readonly #input: LineInput;
  readonly #stack = new OpenStack(this.#scanner, this.#sites, this.unread);
  readonly #wrapped = new WrappedHeader(this.unread);
  readonly #names = new NamesAlone(this.#scanner, this.#stack, this.unread);
  /** Lines that stacks were interrupted by, and that are nothing else. */
  readonly #dull = new Set<string>();
  /** What a program has put before the newest header, as a class: it stands before the frames as well. */
  #front = '';

  constructor({ size = 0, from = 0, exportsOnly = [], wrappers }: HitReaderOptions = {}) {
    this.#input = new LineInput(this.#scanner, {
      lines: (end) => this.#read(end),
      overlong: (front) => {
        this.#scanner.code.lines.value++;
        this.#addUnread(front);
      },
    });
    this.#facts = new LogFacts(from > 0);
    const { modules } = this.#facts;
    for (const module of exportsOnly) modules.addExportsOnly(module);
    const known = { exportsOnly: modules.exportsOnly, wrappers };
    this.ledger = new Ledger((node) => this.#scanner.framesOf(node), this.#sites.sites, size, known);
    this.#scanner.code.base.value = from;
    this.#scanner.code.stretch.value = Math.log2(this.ledger.positions.width);
  }

  /** Takes the next bytes of the log. The chunk may be reused afterwards. */
  push(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    this.#input.feed(this.#gate.push(chunk));
  }

  /**
   * Takes the next bytes of the log from `fill`, which writes them to where they are read without being copied again.
   * @param fill gives how many bytes it wrote
   * @returns the same number; 0 is the end of the log
   */
  pull(fill: (into: Uint8Array) => number): number {
    if (this.#gate.encoding !== 'plain') {
      const chunk = new Uint8Array(ROOM);
      const count = fill(chunk);
      this.push(chunk.subarray(0, count));
      return count;
    }
    const count = fill(this.#input.room(ROOM));
    this.bytes += count;
    this.#input.added(count);
    return count;
  }

  /** The log is over: an unfinished line and the stack at its end are counted. */
  end(): void {
    this.#input.feed(this.#gate.end());
    this.#input.finish();
    const rest = this.#input.rest();
    if (rest === 'overlong') this.cutOff = true;
    else if (rest) {
      this.cutOff = !ENDS_WHOLE.has(sortLine(textOf(this.#scanner.bytes, rest.from, rest.to)).kind);
      this.#input.feed(new Uint8Array([LINE_FEED]));
    }
    this.#scanner.code.close(false, false);
    this.#take();
  }

  /** Modules, in lower case, of which kd has only the exports. */
  get exportsOnly(): ReadonlySet<string> {
    return this.#facts.modules.exportsOnly;
  }

  get lines(): number {
    return this.#scanner.code.lines.value;
  }

  /** Frames read, over all hits. */
  get frames(): number {
    return this.#scanner.code.frames.value;
  }

  /** Stacks so far; the one that is still being printed included. */
  get stacks(): number {
    return this.#scanner.code.closed.value + (this.#scanner.isEmpty ? 0 : 1);
  }

  /** Hits so far: every stack but those that were printed again at the same stop, and those of break-ins. */
  get hits(): number {
    this.#take();
    return this.stacks - this.#scanner.code.repeated.value - this.ledger.breakIns;
  }

  /** The driver with most hits among the stacks that are complete. */
  topDriver(): Standing | undefined {
    this.#take();
    return this.ledger.drivers.top;
  }

  topCaller(): Standing | undefined {
    this.#take();
    return this.ledger.callers.top;
  }

  /** All that was found so far. */
  findings(): Findings {
    this.#take();
    const { ledger } = this;
    ledger.settle();
    return {
      bytes: this.bytes,
      lines: this.lines,
      frames: this.frames,
      hits: this.stacks - ledger.breakIns,
      breakIns: ledger.breakIns,
      emptyStacks: this.#scanner.code.emptyStacks.value,
      cutOff: this.cutOff,
      encoding: this.#gate.encoding ?? 'plain',
      sites: this.#sites.sites,
      stacks: ledger.stacks,
      stops: ledger.tally.found,
      processors: ledger.processors,
      tags: ledger.requests.tags,
      types: ledger.requests.types,
      sizesFrom: ledger.requests.sizesFrom,
      unread: this.unread.lines,
      unreadTotal: this.unread.total,
      times: this.#facts.times.all,
      targets: [...this.#facts.targets],
      connections: this.#facts.connections,
      positions: ledger.byPosition(),
      addresses: ledger.addresses,
      modules: { places: this.#facts.modules.places, exportsOnly: this.#facts.modules.exportsOnly },
    };
  }

  #read(end: number): void {
    const { code } = this.#scanner;
    for (let why = code.scan(end); why !== WHY.done; why = code.scan(end)) {
      if (why === WHY.full) this.#take();
      else this.#newLine();
    }
  }

  /** One line that the scanner does not know. */
  #newLine(): void {
    const { code, bytes } = this.#scanner;
    const at = code.position.value;
    const feed = bytes.indexOf(LINE_FEED, at);
    code.position.value = feed + 1;
    code.lines.value++;
    if (feed - at > LONGEST_LINE) {
      this.#addUnread(at);
      return;
    }
    const text = textOf(bytes, at, withoutReturns(bytes, at, feed));
    // Returns without line feeds end lines as well.
    const pieces = text.includes('\r') ? text.split(/\r+/) : [text];
    for (const piece of pieces) this.#line(piece, { at, feed, own: pieces.length === 1 });
  }

  #line(text: string, place: LinePlace): void {
    const line = sortLine(text);
    if ('exportsOnly' in line && line.exportsOnly) this.#facts.modules.addExportsOnly(line.exportsOnly);
    if (this.#wrapped.header(text, line.kind, this.lines, (dialect) => this.#header(dialect, place.at))) return;
    const { open } = this.#scanner;
    if (open && this.#stack.leavesOut(text, open, place)) return;
    const vague = line.kind === 'text' || line.kind === 'stray' || line.kind === 'prompted';
    if (open && vague && this.#stack.frame(text, open, place)) return;
    if ((vague || line.kind === 'lost-header') && this.#looksAgain(text, line.kind, place)) return;
    if (open && vague) this.#within(line, open, text, place);
    else this.#outside(line, text, place);
  }

  /** A line that is not understood as it is: without what others have put around it, joined to the one before, or without a header. */
  #looksAgain(text: string, kind: Line['kind'], place: LinePlace): boolean {
    const { open } = this.#scanner;
    if (open && this.#stack.rejoin(text, open, place)) return true;
    // The rest of a header whose first part is one by itself: the frames will show their columns.
    if (kind === 'lost-header' && open && this.#scanner.isEmpty && /^\W*Args to Child/.test(text)) return true;
    if (!TELLING.test(text) || this.#dull.has(text)) return false;
    const glued = parseGluedHeader(text) ?? parseGluedHeader(undress(text));
    if (glued) {
      this.#front = frontClass(glued.front);
      this.#header(glued.dialect, place.at, splitPrompts(text).prompts.at(-1)?.processor);
      return true;
    }
    const bare = { ...place, own: false };
    // Nothing stands before a prompt that is not kd's.
    const rests = kind === 'prompted' ? [] : [...behindFront(text, this.#front), cleaned(text), undress(text)];
    for (const rest of rests) {
      if (rest === text) continue;
      const its = sortLine(rest).kind;
      if (its !== 'text' && its !== 'stray' && its !== 'lost-header' && !(its === 'noise' && rest.trim() === '')) {
        this.#line(rest, bare);
        return true;
      }
      if (open && this.#stack.frame(rest, open, bare)) return true;
      if (this.#stack.begin(rest, open, bare)) return true;
    }
    if (this.#stack.begin(text, open, place) || (!open && this.#names.take(undress(text).trim(), place))) return true;
    // Words of a driver come again and again; without a number that may be an address they are nothing, whatever came before.
    if (open?.dialect.columns.includes('ret') && !/[0-9a-f]{8}/i.test(text)) this.#dull.add(text);
    if (this.#dull.size > DULL) this.#dull.clear();
    return false;
  }

  #header(dialect: StackDialect, at: number, processor?: number): void {
    const known = this.#scanner.dialect(dialect);
    this.#scanner.perform({ action: 'header', dialect: known, ...(processor !== undefined && { processor }) }, at);
  }

  /** A line inside a stack that is no frame: the remains of one, or words of the target. */
  #within(line: Line, open: KnownDialect, text: string, place: LinePlace): void {
    if (line.kind === 'stray' || isDamagedFrame(text, open.dialect) || isDamagedFrame(undress(text), open.dialect))
      this.#stack.lose(text, open, place);
    else if (line.kind === 'prompted') this.#scanner.perform(this.#doing(line), place.at);
  }

  #outside(line: Line, text: string, { at, feed, own }: LinePlace): void {
    if (line.kind === 'registers') this.#registers(line.registers, line.processor !== undefined);
    if (line.kind === 'place') this.#headerless(line, at, feed);
    if (line.kind === 'listing') this.#listing(line.listing, at);
    if (line.kind === 'freed' || line.kind === 'anew' || line.kind === 'fact') {
      // Hits before it are counted first: they may have allocated what ends here.
      this.#scanner.code.close(line.processor !== undefined, false);
      this.#take();
      if (line.kind === 'freed') this.ledger.freed(line.address);
      else if (this.#facts.tellsOfReset(line, this.stacks)) this.ledger.addresses.reboot();
    }
    if (line.kind === 'module') this.#facts.modules.add(line.module);
    if (line.kind === 'fact') this.#facts.add(line, this.#scanner.code.base.value + at - this.#scanner.input);
    if (line.kind === 'stray') this.#stack.stray(text);
    if (line.kind === 'lost-header') {
      this.unread.add(this.lines, text);
      this.#wrapped.begin(undress(text), this.lines);
    }
    if (line.kind === 'listing') return;
    const doing = this.#doing(line);
    this.#scanner.perform(doing, at);
    if (own && isLasting(line) && feed - at <= LENGTH) this.#scanner.learn(at, feed + 1, doing);
  }

  /** A stack in a listing of an extension; it belongs to no stop. */
  #listing({ dialect, times = 1, block, injected }: ListingHeader, at: number): void {
    const { code } = this.#scanner;
    code.leave();
    if (block) {
      this.#take();
      this.#notes.add(new Map([['block', block.address]]));
      const request = this.ledger.requests.numberOf({ kind: 'request', size: block.size });
      this.#scanner.perform({ action: 'request', number: request }, at);
    }
    this.#header(dialect, at);
    code.times.value = times;
    if (injected) this.#stack.injected(at);
  }

  #doing(line: Line): Doing {
    return doingOf(line, this.#scanner, this.ledger);
  }

  /**
   * A break-in may cut a breakpoint's commands before they print a header: a hit of one function, if the place that kd names is
   * an allocator's first instruction, and no stop announces it.
   */
  #headerless(line: Line & { kind: 'place' }, at: number, feed: number): void {
    const { code, isEmpty } = this.#scanner;
    const frame = parseCallSite(line.symbol);
    const resumed = line.processor !== undefined || (code.stop.value === 0 && code.request.value !== 0);
    if (!isEmpty || !resumed || !frame || frame.offset !== undefined || code.stacksHere.value > 0) return;
    const site = this.#sites.number(frame);
    if (!isAllocatorFrame(this.#sites.sites[site])) return;
    if (line.processor !== undefined) code.leave();
    code.open(this.#scanner.dialect(DIALECTS.x64Kb).at, at);
    code.grow(code.step(code.node.value, frameNumber(site, undefined)), at, 0, feed + 1);
    code.close(false, true);
  }

  /** Registers belong to the stop; after its stack they may show what the allocator has returned. */
  #registers(registers: Registers, prompted: boolean): void {
    const { code } = this.#scanner;
    code.close(prompted, false);
    this.#take();
    const all = this.#notes.add(registers);
    this.ledger.told(registers, all, code.stacksHere.value > 0, code.symbol.value);
  }

  #take(): void {
    const { code } = this.#scanner;
    const { ledger } = this;
    code.stretch.value = Math.log2(ledger.positions.width);
    this.#scanner.take(
      (hit) => ledger.add(hit, this.#notes.of(hit)),
      (hit) => ledger.setNewest(hit, this.#notes.of(hit)),
    );
    this.#notes.taken();
  }

  #addUnread(from: number): void {
    this.unread.add(this.lines, textOf(this.#scanner.bytes, from, from + 1024));
  }
}
