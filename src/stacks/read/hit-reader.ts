import type { Wrappers } from '../attribute/wrappers.js';
import { Compaction, MOST_STACKS } from '../compaction.js';
import type { Findings } from '../findings.js';
import { HitAggregator } from '../hit-aggregator.js';
import { WHY } from '../scanner/code.js';
import { Scanner } from '../scanner/scanner.js';
import { CallSites } from '../stack-table.js';
import type { RankedName } from '../tallies.js';
import { HitIntake } from './hit-intake.js';
import { LineHandler } from './line-handler.js';
import { LineInput, LONGEST_LINE, ROOM } from './line-input.js';
import { type LogLine, sortLine } from './line-kinds.js';
import { EncodingGate, textOf, withoutReturns } from './line-text.js';
import { LogFacts } from './log-facts.js';
import { StopNotes } from './stop-notes.js';
import { UnreadLines } from './unread.js';

const LINE_FEED = 0x0a;
/** A log that stops with such a line is whole: a prompt never has a line end. */
const ENDS_WHOLE: ReadonlySet<LogLine['kind']> = new Set(['prompt', 'end', 'stop', 'place']);

export interface HitReaderOptions {
  /** Bytes of the whole log, if that is known. */
  readonly size?: number;
  /** Where in the log the bytes begin that will come. */
  readonly from?: number;
  /** Modules, in lower case, of which kd has only the exports, as an earlier part of the log says. */
  readonly exportsOnly?: Iterable<string>;
  /** Different stacks, drivers and callers that are kept apart, more or less; the rare ones among more are added up. */
  readonly most?: number;
  /** Allocations that are followed by their address at a time; all of them without it. */
  readonly mostAddresses?: number;
  /** Wrappers besides the known ones. */
  readonly wrappers?: Wrappers | undefined;
}

/**
 * Reads a log as it comes, in chunks of any size, and keeps the books of its stacks. Every header followed by at least one
 * frame is a hit. What was met before is recognised by the scanner; this is where new lines are understood.
 * Memory follows the number of distinct stacks and call sites, up to a bound (`most`): beyond it the rare stacks are added up.
 */
export class HitReader {
  readonly unread = new UnreadLines();
  /** Bytes given to `push`, before any change of encoding. */
  bytes = 0;
  /** The input ended in the middle of a line, and not at a prompt. */
  cutOff = false;
  readonly aggregator: HitAggregator;

  readonly #gate = new EncodingGate();
  readonly #scanner = new Scanner();
  readonly #sites = new CallSites();
  readonly #facts: LogFacts;
  readonly #input: LineInput;
  readonly #intake: HitIntake;
  readonly #handler: LineHandler;
  readonly #compaction: Compaction;

  constructor({
    size = 0,
    from = 0,
    exportsOnly = [],
    most = MOST_STACKS,
    mostAddresses,
    wrappers,
  }: HitReaderOptions = {}) {
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
    const known = { exportsOnly: modules.exportsOnly, wrappers, mostAddresses };
    this.aggregator = new HitAggregator((node) => this.#scanner.framesOf(node), this.#sites.sites, size, known);
    this.#scanner.code.base.value = from;
    const notes = new StopNotes(this.#scanner.code.note);
    this.#intake = new HitIntake(this.#scanner, this.aggregator, notes);
    const learned = { scanner: this.#scanner, sites: this.#sites, aggregator: this.aggregator, intake: this.#intake };
    this.#compaction = new Compaction(learned, most);
    this.#handler = new LineHandler({ ...learned, facts: this.#facts, notes, unread: this.unread });
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
    this.#intake.take();
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
    return this.#scanner.stacks;
  }

  /** Hits so far: every stack but those that were printed again at the same stop, and those of break-ins. */
  get hits(): number {
    this.#intake.take();
    return this.stacks - this.#scanner.code.repeated.value - this.aggregator.breakIns;
  }

  /** The driver with most hits among the stacks that are complete. */
  topDriver(): RankedName | undefined {
    this.#intake.take();
    return this.aggregator.drivers.top;
  }

  topCaller(): RankedName | undefined {
    this.#intake.take();
    return this.aggregator.callers.top;
  }

  /** All that was found so far. */
  findings(): Findings {
    this.#intake.take();
    const { aggregator } = this;
    aggregator.settle();
    return {
      bytes: this.bytes,
      lines: this.lines,
      frames: this.frames,
      hits: this.stacks - aggregator.breakIns,
      breakIns: aggregator.breakIns,
      emptyStacks: this.#scanner.code.emptyStacks.value,
      cutOff: this.cutOff,
      encoding: this.#gate.encoding ?? 'plain',
      sites: this.#sites.sites,
      stacks: aggregator.stacks,
      stops: aggregator.tally.found,
      processors: aggregator.processors,
      tags: aggregator.requests.tags,
      types: aggregator.requests.types,
      sizesFrom: aggregator.requests.sizesFrom,
      freedBytes: aggregator.requests.freedBytes,
      freedSized: aggregator.requests.freedSized,
      unread: this.unread.lines,
      unreadTotal: this.unread.total,
      times: this.#facts.times.all,
      targets: [...this.#facts.targets],
      connections: this.#facts.connections,
      knownStacks: this.#facts.knownStacks,
      positions: aggregator.byPosition(),
      addresses: aggregator.addresses,
      bursts: aggregator.bursts.all,
      modules: { places: this.#facts.modules.places, exportsOnly: this.#facts.modules.exportsOnly },
    };
  }

  #read(end: number): void {
    const { code } = this.#scanner;
    for (let why = code.scan(end); why !== WHY.done; why = code.scan(end)) {
      if (why === WHY.full) this.#intake.take();
      else this.#newLine();
      if (!this.#compaction.isDue) continue;
      this.#compaction.run();
      this.#handler.forget();
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
    for (const piece of pieces) this.#handler.handle(piece, { at, feed, own: pieces.length === 1 });
  }

  #addUnread(from: number): void {
    this.unread.add(this.lines, textOf(this.#scanner.bytes, from, from + 1024));
  }
}
