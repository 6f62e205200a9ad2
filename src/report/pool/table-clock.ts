import type { Moment } from '../../kd-text/pool/moment.js';

/** A table as long as its time may still be told. */
export interface TimedTable {
  at?: number | undefined;
  uptime?: number | undefined;
}

/** What was told last of one thing. */
interface Told {
  value: number | undefined;
  /** It was told behind a table that had none, and may be that table's alone. */
  behind: boolean;
  /** The newest table still takes what is told next. */
  wanted: boolean;
}

/**
 * Which time belongs to which table. A time that is told while the target stands is that of every table of the same stop; where
 * several are told, each table has the one before it, or the one behind it where none is before.
 */
export class TableClock {
  #told: Record<'at' | 'uptime', Told> = { at: nothing(), uptime: nothing() };
  #table: TimedTable | undefined;

  /** A line told the time, or the uptime. */
  tell(moment: Moment): void {
    for (const of of ['at', 'uptime'] as const) {
      const value = moment[of];
      if (value === undefined) continue;
      const told = this.#told[of];
      const behind = this.#table !== undefined && told.wanted && !moment.ahead;
      if (this.#table && behind) this.#table[of] = value;
      this.#told[of] = { value, behind, wanted: false };
    }
  }

  /** A table has begun. */
  begin(table: TimedTable): void {
    for (const of of ['at', 'uptime'] as const) {
      const told = this.#told[of];
      told.wanted = table[of] === undefined && (told.value === undefined || told.behind);
      table[of] ??= told.value;
    }
    this.#table = table;
  }

  /** The target went on: what was told is over. */
  resume(): void {
    this.#told = { at: nothing(), uptime: nothing() };
    this.#table = undefined;
  }
}

function nothing(): Told {
  return { value: undefined, behind: false, wanted: false };
}
