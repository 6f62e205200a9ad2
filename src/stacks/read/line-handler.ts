import { DIALECTS, parseCallSite } from '../../kd-text/frames/frames.js';
import { undress } from '../../kd-text/frames/line-dress.js';
import type { ListingHeader } from '../../kd-text/listings/listing-headers.js';
import type { Registers } from '../../kd-text/listings/registers.js';
import { isAllocatorFrame } from '../attribute/frame-kinds.js';
import type { HitAggregator } from '../hit-aggregator.js';
import { frameNumber } from '../scanner/frame-number.js';
import type { Doing, KnownDialect, Scanner } from '../scanner/scanner.js';
import type { CallSites } from '../stack-table.js';
import type { HitIntake } from './hit-intake.js';
import { doingOf, isLasting } from './line-doing.js';
import { isDamagedFrame, type LogLine, sortLine } from './line-kinds.js';
import { LineRecovery } from './line-recovery.js';
import type { LogFacts } from './log-facts.js';
import { NamesAlone } from './names-alone.js';
import { type LinePlace, OpenStack } from './open-stack.js';
import type { StopNotes } from './stop-notes.js';
import type { UnreadLines } from './unread.js';
import { WrappedHeader } from './wrapped-header.js';

/** Longer lines are not remembered: those that come again and again are short. */
const LENGTH = 200;

/** What is known of a log, and added to by its lines. */
export interface LogBooks {
  readonly scanner: Scanner;
  readonly sites: CallSites;
  readonly facts: LogFacts;
  readonly notes: StopNotes;
  readonly unread: UnreadLines;
  readonly aggregator: HitAggregator;
  readonly intake: HitIntake;
}

/** Does what a line says that the scanner does not know, and teaches the scanner those that will come again. */
export class LineHandler {
  readonly #stack: OpenStack;
  readonly #wrapped: WrappedHeader;
  readonly #recovery: LineRecovery;

  constructor(private readonly books: LogBooks) {
    const { scanner, sites, unread } = books;
    this.#stack = new OpenStack(scanner, sites, unread);
    this.#wrapped = new WrappedHeader(unread);
    const names = new NamesAlone(scanner, this.#stack, unread);
    this.#recovery = new LineRecovery(scanner, this.#stack, names, (text, place) => this.handle(text, place));
  }

  /** Reads one line, without its line end. */
  handle(text: string, place: LinePlace): void {
    const { scanner, facts } = this.books;
    const line = sortLine(text);
    if ('exportsOnly' in line && line.exportsOnly) facts.modules.addExportsOnly(line.exportsOnly);
    const found = this.#wrapped.header(text, line.kind, this.#lineNumber);
    if (found) {
      scanner.beginStack(found, place.at);
      return;
    }
    const { open } = scanner;
    if (open && this.#stack.leavesOut(text, open, place)) return;
    const vague = line.kind === 'text' || line.kind === 'stray' || line.kind === 'prompted';
    if (open && vague && this.#stack.frame(text, open, place)) return;
    if ((vague || line.kind === 'lost-header') && this.#recovery.recover(text, line.kind, place)) return;
    if (open && vague) this.#within(line, open, text, place);
    else this.#outside(line, text, place);
  }

  /** The scanner has moved its stacks. */
  forget(): void {
    this.#stack.forget();
  }

  /** A line inside a stack that is no frame: the remains of one, or words of the target. */
  #within(line: LogLine, open: KnownDialect, text: string, place: LinePlace): void {
    if (line.kind === 'stray' || isDamagedFrame(text, open.dialect) || isDamagedFrame(undress(text), open.dialect))
      this.#stack.lose(text, open, place);
    else if (line.kind === 'prompted') this.books.scanner.perform(this.#doing(line), place.at);
  }

  #outside(line: LogLine, text: string, { at, feed, own }: LinePlace): void {
    const { scanner, facts, unread } = this.books;
    if (line.kind === 'registers') this.#registers(line.registers, line.processor !== undefined);
    if (line.kind === 'place') this.#headerless(line, at, feed);
    if (line.kind === 'freed' || line.kind === 'anew' || line.kind === 'fact') this.#endsAllocations(line);
    if (line.kind === 'module') facts.modules.add(line.module);
    if (line.kind === 'fact') facts.add(line, scanner.code.base.value + at - scanner.input);
    if (line.kind === 'stray') this.#stack.stray(text);
    if (line.kind === 'lost-header') {
      unread.add(this.#lineNumber, text);
      this.#wrapped.begin(undress(text), this.#lineNumber);
    }
    if (line.kind === 'listing') {
      this.#listing(line.listing, at);
      return;
    }
    const doing = this.#doing(line);
    scanner.perform(doing, at);
    if (own && isLasting(line) && feed - at <= LENGTH) scanner.learn(at, feed + 1, doing);
  }

  /** A free, a reset of the target, the border of a burst. Hits before it are counted first: they may have allocated what ends here. */
  #endsAllocations(line: LogLine): void {
    const { scanner, facts, aggregator, intake } = this.books;
    scanner.code.close(line.processor !== undefined, false);
    intake.take();
    if (line.kind === 'fact' && line.burst) aggregator.bursts.mark(line.burst);
    if (line.kind === 'freed') aggregator.onFree(line.address);
    else if (facts.tellsOfReset(line, scanner.stacks)) aggregator.addresses.reboot();
  }

  /** A stack in a listing of an extension; it belongs to no stop. */
  #listing({ dialect, times = 1, block, injected }: ListingHeader, at: number): void {
    const { scanner, aggregator, notes, intake } = this.books;
    scanner.code.leave();
    if (block) {
      intake.take();
      notes.add(new Map([['block', block.address]]));
      const request = aggregator.requests.numberOf({ kind: 'request', size: block.size });
      scanner.perform({ action: 'request', number: request }, at);
    }
    scanner.beginStack(dialect, at);
    scanner.code.times.value = times;
    if (injected) this.#stack.injected(at);
  }

  /**
   * A break-in may cut a breakpoint's commands before they print a header: a hit of one function, if the place that kd names is
   * an allocator's first instruction, and no stop announces it.
   */
  #headerless(line: LogLine & { kind: 'place' }, at: number, feed: number): void {
    const { scanner, sites } = this.books;
    const { code, isEmpty } = scanner;
    const frame = parseCallSite(line.symbol);
    const resumed = line.processor !== undefined || (code.stop.value === 0 && code.request.value !== 0);
    if (!isEmpty || !resumed || !frame || frame.offset !== undefined || code.stacksHere.value > 0) return;
    const site = sites.number(frame);
    if (!isAllocatorFrame(sites.sites[site])) return;
    if (line.processor !== undefined) code.leave();
    code.open(scanner.dialect(DIALECTS.x64Kb).at, at);
    code.grow(code.step(code.node.value, frameNumber(site, undefined)), at, 0, feed + 1);
    code.close(false, true);
  }

  /** Registers belong to the stop; after its stack they may show what the allocator has returned. */
  #registers(registers: Registers, prompted: boolean): void {
    const { scanner, aggregator, notes, intake } = this.books;
    const { code } = scanner;
    code.close(prompted, false);
    intake.take();
    const all = notes.add(registers);
    aggregator.addRegisters(registers, all, code.stacksHere.value > 0, code.symbol.value);
  }

  #doing(line: LogLine): Doing {
    return doingOf(line, this.books.scanner, this.books.aggregator);
  }

  get #lineNumber(): number {
    return this.books.scanner.code.lines.value;
  }
}
