import type { TagUse } from '../../kd-text/pool/tag-use.js';

/** Which program has printed a table. */
export type TableSource = 'poolused' | 'poolmon';
/** What a time is from: the text beside the table, or the file that the table is in. */
export type TimeSource = 'text' | 'file';

/** What is known of a table as a whole. */
export interface TableFacts {
  readonly source: TableSource;
  /** Which of the logs. */
  readonly log: number;
  /** 1-based: where it begins. */
  readonly line: number;
  /** Milliseconds since 1970 in UTC. */
  readonly at?: number | undefined;
  readonly timeFrom?: TimeSource | undefined;
  /** Milliseconds since the target was started. */
  readonly uptime?: number | undefined;
  /** It lists every tag that it was asked for: what it lacks has nothing. */
  readonly whole: boolean;
  /** The tags it was asked for, as a pattern; empty for all. */
  readonly scope: string;
}

/** One table: how much each tag has at one time. */
export interface Snapshot extends TableFacts {
  /** By `keyOf`. */
  readonly uses: ReadonlyMap<string, TagUse>;
  /** The log says that the target was restarted since the table before. */
  readonly restarted?: boolean;
}

/** A tag counts by itself in each pool. */
export function keyOf({ tag, pool }: Pick<TagUse, 'tag' | 'pool'>): string {
  return `${pool === 'paged' ? 'P' : 'N'}${tag}`;
}

/** Whether a table that does not list a tag says by that that the tag has nothing. */
export function coversTag({ whole, scope }: TableFacts, tag: string): boolean {
  return whole && (scope === '' || fitsPattern(scope, tag));
}

/** `*` stands for any characters, `?` for one. Source: "!poolused (WinDbg)". */
function fitsPattern(pattern: string, tag: string): boolean {
  const star = pattern.indexOf('*');
  const front = star < 0 ? pattern.padEnd(4) : pattern.slice(0, star);
  const fits = [...front].every((character, at) => character === '?' || character === tag[at]);
  return fits && (star >= 0 || front.length === tag.length);
}
