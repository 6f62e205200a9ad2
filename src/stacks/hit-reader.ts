import { parseFrame, type StackDialect, type StackFrame } from '../kd-text/frames.js';
import type { PoolArguments } from './allocator-frames.js';
import { poolArguments } from './attribution.js';
import { ByteTable } from './byte-table.js';
import { FrameFields } from './frame-fields.js';
import { isDamagedFrame, type LineKind } from './line-kinds.js';
import { LineMemory } from './line-memory.js';
import { LineSplitter, LONGEST_LINE } from './line-splitter.js';
import { EncodingGate, textOf } from './line-text.js';
import { readRequest } from './pool-size.js';
import { type Spelling, spellingOf, viewOf } from './spelling.js';
import { ROOT, StackTable, type TableFrame } from './stack-table.js';
import { type Standing, Standings } from './standings.js';
import { UnreadLines } from './unread.js';

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const REMEMBERED_TAGS = 1000;

/**
 * Reads a log as it comes, in chunks of any size, and counts its stacks. Every header followed by at least one frame
 * is a hit, whatever stopped the target. Memory follows the number of distinct stacks and call sites.
 */
export class HitReader {
  readonly table = new StackTable();
  readonly unread = new UnreadLines();
  readonly standings = new Standings(this.table);
  /** Hits per tag, where arguments showed one: the 32-bit number and its hits. */
  readonly tags = new Map<number, number>();
  /** Bytes given to `push`, before any change of encoding. */
  bytes = 0;
  lines = 0;
  /** Frames read, over all hits. */
  frames = 0;
  /** Headers that no frame followed. */
  emptyStacks = 0;
  /** The input ended in the middle of a line, and not at a prompt. */
  cutOff = false;
  /** Sizes came from the home slots of 64-bit frames, which are not always the arguments. */
  wideSizes = false;

  readonly #gate = new EncodingGate();
  readonly #splitter = new LineSplitter({
    lines: (bytes, from, to) => this.#lines(bytes, from, to),
    overlong: (bytes, from, to) => this.#overlong(bytes, from, to),
    cutOff: (bytes, from, to) => {
      // A prompt never has a line end: a log that stops there is whole.
      this.cutOff = this.#memory.kindAt(bytes, from, to - 1).kind !== 'end';
      this.#lines(bytes, from, to);
    },
  });
  readonly #sites = new ByteTable();
  /** Per frame, its call site with the line end behind it. */
  readonly #spellings: (Spelling | undefined)[] = [];
  readonly #places: (PoolArguments | null | undefined)[] = [];
  readonly #memory = new LineMemory();
  readonly #fieldsOf = new Map<string, FrameFields>();

  #closedHits = 0;
  #dialect: StackDialect | undefined;
  #fields: FrameFields | undefined;
  #node = ROOT;
  #size = -1;
  #tag = 0;

  /** Takes the next bytes of the log. The chunk may be reused afterwards. */
  push(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    this.#splitter.push(this.#gate.push(chunk));
  }

  /** The log is over: an unfinished line and the stack at its end are counted. */
  end(): void {
    this.#splitter.push(this.#gate.end());
    this.#splitter.end();
    this.#close();
  }

  /** Hits so far; the one whose stack is still being printed included. */
  get hits(): number {
    return this.#closedHits + (this.#node === ROOT ? 0 : 1);
  }

  /** The driver with most hits among the stacks that are complete. */
  topDriver(): Standing | undefined {
    return this.standings.topDriver();
  }

  topCaller(): Standing | undefined {
    return this.standings.topCaller();
  }

  #lines(bytes: Uint8Array, from: number, to: number): void {
    const view = viewOf(bytes);
    let at = from;
    while (at < to) {
      const fields = this.#fields;
      const site = fields && !(fields.isFirst(view, at) && this.#node !== ROOT) ? fields.siteOf(view, at, to) : -1;
      const next = site < 0 ? this.#expectedLine(bytes, view, at, to) : this.#expectedFrame(bytes, view, site, to);
      at = next < 0 ? this.#line(bytes, at, site) : next;
    }
  }

  /** Takes the frame that followed last time, if its spelling stands at `site`. Gives the start of the next line, or -1. */
  #expectedFrame(bytes: Uint8Array, view: DataView, site: number, to: number): number {
    const node = this.table.expected(this.#node);
    const frame = this.table.frameAt(node);
    const spelling = this.#spellings[frame];
    if (node === ROOT || !spelling?.standsAt(view, site, to)) return -1;
    this.lines++;
    this.#grow(node, frame, bytes);
    return site + spelling.length;
  }

  /** Takes the line that followed last time, if it stands at `at`: no frame. Gives the start of the next line, or -1. */
  #expectedLine(bytes: Uint8Array, view: DataView, at: number, to: number): number {
    const line = this.#memory.expected(view, at, to);
    if (!line?.spelling) return -1;
    this.lines++;
    const next = at + line.spelling.length;
    this.#sort(line.kind, bytes, at, next - 1);
    return next;
  }

  /**
   * One line that is not the expected one. Gives the start of the next.
   * @param site where its call site begins if it is a plain frame, or -1
   */
  #line(bytes: Uint8Array, from: number, site: number): number {
    const feed = bytes.indexOf(LINE_FEED, Math.max(from, site));
    if (feed - from > LONGEST_LINE) {
      this.#overlong(bytes, from, from + LONGEST_LINE);
      return feed + 1;
    }
    this.lines++;
    const to = withoutReturns(bytes, from, feed);
    const frame = site >= 0 && site < to ? this.#sites.get(bytes, site, to) : -1;
    if (frame >= 0) this.#grow(this.table.step(this.#node, frame), frame, bytes);
    else this.#sort(this.#memory.kindAt(bytes, from, to), bytes, from, to);
    return feed + 1;
  }

  /** What a line does that is no known frame. Returns may stand at its end. */
  #sort(line: LineKind, bytes: Uint8Array, from: number, end: number): void {
    if (line.kind === 'noise' || (line.kind === 'text' && !this.#dialect)) return;
    if (line.kind === 'header') this.#open(line.dialect);
    else if (line.kind === 'end') this.#close();
    else {
      const text = textOf(bytes, from, withoutReturns(bytes, from, end));
      if (line.kind === 'lost-header') {
        this.#close();
        this.unread.add(this.lines, text);
      } else if (this.#dialect) this.#within(line, this.#dialect, text, bytes, from, end);
      else if (line.kind === 'stray') this.unread.add(this.lines, text);
    }
  }

  /** A line inside a stack: a frame that was not met before, the remains of one, or words of the target. */
  #within(line: LineKind, dialect: StackDialect, text: string, bytes: Uint8Array, from: number, end: number): void {
    const parsed = parseFrame(text, dialect);
    if (parsed) this.#parsedFrame(parsed, bytes, from, withoutReturns(bytes, from, end));
    else if (line.kind === 'stray' || isDamagedFrame(text, dialect)) this.unread.add(this.lines, text);
    else if (line.kind === 'prompted') this.#close();
  }

  #parsedFrame(parsed: StackFrame, bytes: Uint8Array, from: number, to: number): void {
    // Number 0 within a stack: the header between two stacks was lost.
    if (parsed.number === 0 && this.#node !== ROOT && this.#dialect) this.#open(this.#dialect);
    const site = this.#fields?.siteOf(viewOf(bytes), from, to) ?? -1;
    const frame = this.table.frame(parsed);
    // Notes with addresses and parameter values differ from hit to hit: such a spelling is not worth keeping.
    if (
      site >= 0 &&
      !parsed.notes?.some((note) => note.includes('@')) &&
      this.table.frames[frame]?.text === parsed.site
    ) {
      this.#sites.set(bytes, site, to, frame);
      this.#spellings[frame] ??= spellingOf(bytes, site, bytes.indexOf(LINE_FEED, to) + 1);
    }
    this.#grow(this.table.step(this.#node, frame), frame, bytes, site >= 0);
  }

  /** The open stack is longer by a frame, and now ends at `node`. */
  #grow(node: number, frame: number, bytes: Uint8Array, plain = true): void {
    this.frames++;
    this.#node = node;
    if (this.#size >= 0 || !plain) return;
    const places = this.#placesOf(frame);
    if (places && this.#dialect?.columns.includes('args')) this.#request(bytes, places, this.#dialect.colons);
  }

  #placesOf(frame: number): PoolArguments | null {
    const known = this.#places[frame];
    if (known !== undefined) return known;
    const places = poolArguments(this.table.frames[frame] as TableFrame) ?? null;
    this.#places[frame] = places;
    return places;
  }

  #request(bytes: Uint8Array, places: PoolArguments, wide: boolean): void {
    const request = this.#fields && readRequest(bytes, this.#fields.args, places, wide);
    if (!request) return;
    this.#size = request.bytes;
    this.#tag = request.tag;
    this.wideSizes ||= wide;
  }

  #overlong(bytes: Uint8Array, from: number, to: number): void {
    this.lines++;
    this.unread.add(this.lines, textOf(bytes, from, Math.min(to, from + 1024)));
  }

  #open(dialect: StackDialect): void {
    this.#close();
    this.#dialect = dialect;
    this.#fields = this.#fieldsOf.get(dialect.header) ?? new FrameFields(dialect);
    this.#fieldsOf.set(dialect.header, this.#fields);
  }

  #close(): void {
    if (this.#node !== ROOT) {
      this.table.count(this.#node, this.#size);
      this.standings.add(this.#node);
      this.#closedHits++;
      if (this.#tag !== 0 && (this.tags.has(this.#tag) || this.tags.size < REMEMBERED_TAGS))
        this.tags.set(this.#tag, (this.tags.get(this.#tag) ?? 0) + 1);
    } else if (this.#dialect) this.emptyStacks++;
    this.#dialect = undefined;
    this.#fields = undefined;
    this.#node = ROOT;
    this.#size = -1;
    this.#tag = 0;
  }
}

function withoutReturns(bytes: Uint8Array, from: number, feed: number): number {
  let to = feed;
  while (to > from && bytes[to - 1] === RETURN) to--;
  return to;
}
