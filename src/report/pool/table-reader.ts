import { beginsPoolMonScreen, isPoolMonHeading, parsePoolMonRow } from '../../kd-text/pool/poolmon-table.js';
import type { Pool } from '../../kd-text/pool/tag-use.js';
import {
  beginsUsedTable,
  isUsedTotal,
  parseUsedHeading,
  parseUsedRow,
  poolsOfHeading,
} from '../../kd-text/pool/used-table.js';
import { OpenTable } from './open-table.js';
import type { TableSource } from './snapshot.js';
import type { TableClock } from './table-clock.js';
import { TagSeries } from './tag-series.js';

/** So many lines one after another that are no rows end a table. */
const FOREIGN = 8;

/** Reads tables of `!poolused` and PoolMon, line by line, and adds each to the series when the next has begun. */
export class TableReader {
  readonly series = new TagSeries();
  /** The tags that the next table was asked for, as a pattern. */
  scope = '';
  /** The target was restarted since the last table. */
  restarted = false;
  /** Rows that were read. */
  rows = 0;
  /** The programs that have printed the tables. */
  readonly sources = new Set<TableSource>();
  #open: OpenTable | undefined;
  /** A table that is over, and whose time may still come. */
  #done: OpenTable | undefined;
  #log = 0;
  #ofLog = 0;
  #pools: Pool[] | undefined;

  constructor(private readonly clock: TableClock) {}

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  beginLog(log: number): void {
    this.#log = log;
    this.#ofLog = 0;
    this.scope = '';
  }

  endLog(fileTime: number | undefined): void {
    this.close();
    const alone = this.#ofLog === 1 ? this.#done : undefined;
    if (alone && alone.at === undefined && fileTime !== undefined) {
      alone.at = fileTime;
      alone.timeFrom = 'file';
    }
    this.#settle();
  }

  /** No more rows of the open table come. */
  close(): void {
    const table = this.#open;
    this.#open = undefined;
    if (!table || table.uses.size === 0) return;
    this.#settle();
    this.#done = table;
    this.sources.add(table.source);
    this.restarted = false;
    this.#ofLog++;
  }

  /**
   * @param at the time that another program has put in front of the line
   * @returns whether the line is one of a table
   */
  take(text: string, line: number, at?: number): boolean {
    if (beginsUsedTable(text) || beginsPoolMonScreen(text)) {
      // `Pool Used:` is the second line of a table that has begun.
      if (!this.#open || this.#open.uses.size > 0)
        this.#begin(beginsPoolMonScreen(text) ? 'poolmon' : 'poolused', line, at);
      return true;
    }
    const pools = poolsOfHeading(text);
    if (pools) {
      this.#pools = pools;
      return true;
    }
    const layout = parseUsedHeading(text, this.#pools);
    if (layout || isPoolMonHeading(text)) {
      const source = layout ? 'poolused' : 'poolmon';
      if (!this.#open || this.#open.uses.size > 0 || this.#open.source !== source) this.#begin(source, line, at);
      if (this.#open && layout) this.#open.layout = layout;
      return true;
    }
    return this.#row(text, line, at);
  }

  /** A line in the table that is nothing known. @returns whether it has numbers as a row has: then the table lacks one */
  lacksRow(text: string): boolean {
    const table = this.#open;
    if (!table) return false;
    const looks = /^.{0,12}?\s-?\d[\d,.]*\s+-?\d|^\s*\S{1,4}\s+(?:Nonp|Paged)\b|\s\d+\s+\d+\s+\d+/.test(text);
    table.damaged ||= looks;
    if (++table.foreign >= FOREIGN) this.close();
    return looks;
  }

  #row(text: string, line: number, at: number | undefined): boolean {
    const row = parsePoolMonRow(text);
    if (row) {
      if (this.#open?.source !== 'poolmon') this.#begin('poolmon', line, at);
      const { screen, ...use } = row;
      this.#add([use], line, at);
      if (this.#open && screen) this.#open.screen = true;
      return true;
    }
    if (this.#open?.source !== 'poolused') return false;
    if (isUsedTotal(text)) {
      this.#open.totalled = true;
      this.close();
      return true;
    }
    const uses = parseUsedRow(text, this.#open.layout);
    if (uses) this.#add(uses, line, at);
    return uses !== undefined;
  }

  #add(uses: Parameters<OpenTable['add']>[0], line: number, at: number | undefined): void {
    this.rows++;
    if (this.#open) this.#open.foreign = 0;
    // PoolSnap writes its time between the heading and the rows.
    if (this.#open?.uses.size === 0) this.clock.begin(this.#open);
    if (this.#open?.add(uses) !== false) return;
    // Appended to the same file without a heading between.
    const { source, layout } = this.#open;
    this.#begin(source, line, at);
    this.#open.layout = layout;
    this.clock.begin(this.#open);
    this.#open.add(uses);
  }

  #begin(source: TableSource, line: number, at: number | undefined): void {
    this.close();
    this.#open = new OpenTable(source, this.#log, line, source === 'poolused' ? this.scope : '', this.restarted);
    if (at !== undefined) this.#open.at = at;
  }

  #settle(): void {
    if (this.#done) this.series.add(this.#done.snapshot);
    this.#done = undefined;
  }
}
