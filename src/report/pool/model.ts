import type { Pool } from '../../kd-text/pool/tag-use.js';
import type { RestartSign } from './restart.js';
import type { TableSource, TimeSource } from './snapshot.js';

/** What logs say of pool besides stacks. The JSON form is this object, as it is. */
export interface ReportPool {
  /** Tables of `!poolused` and PoolMon; null where there is none. */
  readonly tables: ReportTables | null;
  /** What `!poolfind` has found, the tag with most bytes first. */
  readonly found: readonly ReportFoundTag[];
  /** What `!verifier 3` says of the drivers it watches, the one with most bytes first. */
  readonly verified: readonly ReportVerifiedDriver[];
  /** What to type next. */
  readonly next: readonly ReportCommand[];
  /** Rows that were read. */
  readonly rows: number;
  /** Lines that look like rows and could not be read: the first thousand. */
  readonly unread: readonly { readonly log: number; readonly line: number; readonly text: string }[];
  readonly unreadTotal: number;
}

export interface ReportTables {
  readonly sources: readonly TableSource[];
  /** How many tables were read, and how many of them the numbers are from: those between two restarts of the target. */
  readonly count: number;
  readonly compared: number;
  /** How often the target was restarted between two tables, and what shows it the first time. */
  readonly restarts: number;
  readonly sign: RestartSign | null;
  /** The first and the last of the tables that are compared. */
  readonly first: ReportTable;
  readonly last: ReportTable;
  /** Hours between those two; null where nothing tells, or there is but one. */
  readonly hours: number | null;
  readonly hoursFrom: TimeSource | 'given' | null;
  /** Why no time could be taken though both tables have one. */
  readonly clock: 'backwards' | 'same' | 'mixed' | 'files-alike' | null;
  /** What grew most, by bytes, comes first; of one table, what has most. */
  readonly tags: readonly ReportTagUse[];
}

export interface ReportTable {
  readonly source: TableSource;
  /** Which of the logs, and where in it; 1-based. */
  readonly log: number;
  readonly line: number;
  /** ISO, in UTC; null where nothing tells. */
  readonly at: string | null;
  readonly timeFrom: TimeSource | null;
  readonly uptimeHours: number | null;
  /** It lists all that it was asked for: `scope` is a pattern of tags, empty for all. */
  readonly whole: boolean;
  readonly scope: string;
}

export interface ReportAmount {
  readonly bytes: number;
  /** Allocations that have not been freed. */
  readonly count: number;
}

export interface ReportTagUse {
  /** Four characters. */
  readonly tag: string;
  /** `0x206b6444`; null where its characters are no bytes. */
  readonly value: string | null;
  readonly pool: Pool;
  /** At the first table and at the last; where those do not list it and do not say by that that it has nothing, at the first and last that do. */
  readonly first: ReportAmount;
  readonly last: ReportAmount;
  /** It is in the last table, or has nothing there. */
  readonly inLast: boolean;
  /** `last` less `first`; null where only one table says anything of it. */
  readonly growth: ReportAmount | null;
  readonly perHour: ReportAmount | null;
  readonly state: 'new' | 'gone' | 'grown' | 'shrunk' | 'same' | 'once';
  readonly lowest: number;
  readonly highest: number;
  /** From one table to the next: how often it had more bytes, and less. */
  readonly rises: number;
  readonly falls: number;
  /** All allocations and frees since the target has started, at `last`; null where the table lacks them. */
  readonly allocs: number | null;
  readonly frees: number | null;
  /** Whose it is, by pooltag.txt where one was given, else by the table. */
  readonly owner: { readonly driver: string; readonly description: string } | null;
}

export interface ReportFoundTag {
  readonly tag: string;
  readonly value: string | null;
  /** Of the last search for it. */
  readonly blocks: number;
  readonly bytes: number;
  /** Blocks that were given back and still bear the tag. */
  readonly free: number;
  /** Those with most bytes first. */
  readonly sizes: readonly { readonly size: number; readonly blocks: number }[];
  readonly otherSizes: number;
  /** 16 hex digits. */
  readonly example: string | null;
  readonly searches: number;
  /** What the first search found, where there were several. */
  readonly before: { readonly blocks: number; readonly bytes: number } | null;
  readonly owner: ReportTagUse['owner'];
}

export interface ReportVerifiedDriver {
  readonly name: string;
  /** `loaded`, `unloaded` or `loaded and unloaded`, as kd says it. */
  readonly state: string;
  /** By Driver Verifier's count, else by what is listed. */
  readonly allocations: number;
  readonly bytes: number;
  readonly peak: number | null;
  readonly listed: number;
  readonly listedBytes: number;
  /** Who asked, by tag; those with most bytes first. */
  readonly callers: readonly {
    readonly caller: string;
    readonly tag: string;
    readonly blocks: number;
    readonly bytes: number;
  }[];
  readonly otherCallers: number;
}

/** A command to type, where, and what for. */
export interface ReportCommand {
  readonly at: 'host' | 'kd' | 'target';
  readonly command: string;
  readonly why: string;
}
