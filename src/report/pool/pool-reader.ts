import { resumesTarget } from '../../kd-text/commands.js';
import { cleaned, undress } from '../../kd-text/frames/line-dress.js';
import { isDamagedBlock, parseFoundBlock, parseFoundHeading } from '../../kd-text/pool/found-blocks.js';
import { parseMoment } from '../../kd-text/pool/moment.js';
import { beginsVerifiedList, isDamagedVerified, parseVerified } from '../../kd-text/pool/verified.js';
import { splitPrompts } from '../../kd-text/prompt.js';
import { parseShutdown } from '../../kd-text/session-time.js';
import { beginsBreak } from '../../kd-text/stop.js';
import { type UnreadLine, UnreadLines } from '../../stacks/read/unread.js';
import { FoundBlocks } from './found.js';
import { TableClock } from './table-clock.js';
import { TableReader } from './table-reader.js';
import { TextLines } from './text-lines.js';
import { VerifiedDrivers } from './verified-drivers.js';

/** What is there besides stacks: the listing that a line may belong to. */
type Listing = 'none' | 'table' | 'found' | 'verified';

/** `!poolused 2 Ddk*`: the tags that are asked for. */
const ASKED = /^!poolused\s+(?:0x)?[0-9a-f]+\s+(\S.*?)\s*$/i;
const SEARCH = /^!poolfind\s/i;
/** What `!verifier` prints behind its list of drivers. */
const OTHER_LIST = /\btrace log\s*$/i;
/** A line may have been dressed by other programs only if it has something to say. */
const TELLING = /\d|Sorting by|Verification List|Tag\b|Paged/i;

/** Reads tables of pool tags, and other listings of pool, from one log after another. Memory follows the number of tags, not of tables. */
export class PoolReader {
  readonly tables: TableReader;
  readonly found = new FoundBlocks();
  readonly verified = new VerifiedDrivers();
  /** Lines of the listings that could not be read: the first thousand, and how many. */
  unread: UnreadLine[] = [];
  unreadTotal = 0;
  #others = 0;
  readonly #clock = new TableClock();
  #listing: Listing = 'none';
  #log = -1;
  #lines = new TextLines(...this.#takers());
  #lost = new UnreadLines();

  constructor() {
    this.tables = new TableReader(this.#clock);
  }

  /** Rows that were read, of all listings. */
  get rows(): number {
    return this.tables.rows + this.#others;
  }

  /** The next log comes. */
  begin(): void {
    this.#log++;
    this.#lines = new TextLines(...this.#takers());
    this.#lost = new UnreadLines();
    this.#listing = 'none';
    this.#clock.resume();
    this.tables.beginLog(this.#log);
  }

  /** Takes the next bytes of the log; the chunk may be reused afterwards. */
  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  /**
   * The log is over.
   * @param fileTime when its file was written, in milliseconds since 1970: the time of a table that is alone in it, and tells none
   */
  end(fileTime?: number): void {
    this.#lines.end();
    this.tables.endLog(fileTime);
    this.unreadTotal += this.#lost.total;
    const log = this.#log;
    this.unread.push(...this.#lost.lines.slice(0, 1000 - this.unread.length).map((line) => ({ ...line, log })));
  }

  #takers(): ConstructorParameters<typeof TextLines> {
    return [(text, number) => this.#line(text, number), () => this.#listing !== 'none', () => this.#clock.resume()];
  }

  #line(text: string, number: number): void {
    const { prompts, rest } = splitPrompts(text);
    if (prompts.length > 0) this.#command(rest, number);
    else if (this.#take(text, number)) return;
    else if (TELLING.test(text) && this.#dressed(text, number)) return;
    else if (this.#listing !== 'none' && text.trim() !== '') this.#strange(text, number);
  }

  /** What stands behind a prompt is a command, or the first line that it has printed. */
  #command(rest: string, number: number): void {
    this.#close();
    this.tables.scope = (ASKED.exec(rest)?.[1] ?? '').replace(/^"(.*)"$/, '$1');
    if (rest.trim() === '' || this.#take(rest, number)) return;
    if (SEARCH.test(rest)) {
      this.found.begin();
      this.#open('found');
    }
    if (resumesTarget(rest)) this.#clock.resume();
  }

  /** Without what other programs have put around it; a time in front of it is that of the table. */
  #dressed(text: string, number: number): boolean {
    const tried = new Set([text]);
    const bytes = /[\x80-\uffff]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
    for (const rest of [cleaned(text), undress(text), bytes]) {
      if (tried.has(rest)) continue;
      tried.add(rest);
      const { prompts, rest: bare } = splitPrompts(rest.trimStart());
      if (prompts.length > 0) {
        this.#command(bare, number);
        return true;
      }
      const front = text.endsWith(rest) ? parseMoment(text.slice(0, text.length - rest.length)) : undefined;
      if (this.#take(rest, number, front?.at)) return true;
    }
    return false;
  }

  /** @returns whether the line was understood */
  #take(text: string, number: number, at?: number): boolean {
    const heading = parseFoundHeading(text);
    if (heading) {
      if (heading.begins || this.#listing !== 'found') this.found.begin();
      this.#open('found');
      return true;
    }
    // `!pool` shows blocks in the same form, of all tags of a page.
    const block = this.#listing === 'found' ? parseFoundBlock(text) : undefined;
    if (block) return this.#row(this.found.add(block), text, number);
    if (beginsVerifiedList(text)) {
      this.#open('verified');
      this.verified.begin();
      return true;
    }
    const verified = this.#listing === 'verified' ? parseVerified(text) : undefined;
    if (verified) return this.#row(this.verified.add(verified), text, number, verified.kind === 'block');
    if (this.tables.take(text, number, at)) {
      this.#listing = this.tables.isOpen ? 'table' : 'none';
      return true;
    }
    return this.#event(text);
  }

  #event(text: string): boolean {
    const moment = parseMoment(text);
    if (moment) this.#clock.tell(moment);
    const restarted = parseShutdown(text)?.startsWith(' at') ?? false;
    if (restarted) this.tables.restarted = true;
    if (restarted || beginsBreak(text)) {
      this.#close();
      this.#clock.resume();
      return true;
    }
    if (this.#listing === 'verified' && OTHER_LIST.test(text)) this.#listing = 'none';
    return moment !== undefined;
  }

  #row(kept: boolean, text: string, number: number, counts = true): boolean {
    if (!kept) this.#lost.add(number, text);
    else if (counts) this.#others++;
    return true;
  }

  /** A line within a listing that is nothing known: counted, if it may be a row of it. */
  #strange(text: string, number: number): void {
    if (this.#listing === 'table') {
      if (this.tables.lacksRow(text)) this.#lost.add(number, text);
      if (!this.tables.isOpen) this.#listing = 'none';
      return;
    }
    const damaged = this.#listing === 'found' ? isDamagedBlock(text) : isDamagedVerified(text);
    if (damaged) this.#lost.add(number, text);
  }

  #open(listing: Listing): void {
    if (listing !== 'table') this.tables.close();
    this.#listing = listing;
  }

  #close(): void {
    this.tables.close();
    this.#listing = 'none';
  }
}
