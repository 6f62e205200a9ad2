import { buildTables, type TableKnowledge } from './build-tables.js';
import type { ReportFoundTag, ReportPool, ReportTable, ReportTables, ReportVerifiedDriver } from './model.js';
import { poolCommands } from './next-commands.js';
import type { PoolReader } from './pool-reader.js';
import { keyOf, type Snapshot } from './snapshot.js';
import { hexOf, ownerOf } from './tag-names.js';
import { TagSeries } from './tag-series.js';

const SIZES = 100;
const CALLERS = 1000;

/** What was read of pool besides stacks; null where there is nothing of the kind. */
export function buildPool(reader: PoolReader, knowledge: TableKnowledge = {}): ReportPool | null {
  const { tables: read, rows, unread, unreadTotal } = reader;
  const tables = buildTables(read.series, knowledge, read.sources);
  const found = reader.found.tags
    .map((tag): ReportFoundTag => {
      const sizes = [...tag.sizes]
        .map(([size, blocks]) => ({ size, blocks }))
        .sort((a, b) => b.size * b.blocks - a.size * a.blocks);
      return {
        tag: tag.tag,
        value: hexOf(tag.tag),
        blocks: tag.blocks,
        bytes: tag.bytes,
        free: tag.free,
        sizes: sizes.slice(0, SIZES),
        otherSizes: tag.otherSizes + sizes.slice(SIZES).reduce((sum, { blocks }) => sum + blocks, 0),
        example: tag.example === undefined ? null : tag.example.toString(16).padStart(16, '0'),
        searches: tag.searches,
        before: tag.first ?? null,
        owner: ownerOf(tag.tag, undefined, knowledge.poolTags),
      };
    })
    .sort((a, b) => b.bytes - a.bytes);
  const verified = verifiedOf(reader);
  if (!tables && found.length === 0 && verified.length === 0) return null;
  const next = poolCommands(tables, found, verified);
  return { tables, found, verified, next, rows, unread, unreadTotal };
}

function verifiedOf({ verified }: PoolReader): ReportVerifiedDriver[] {
  return verified.drivers
    .map(({ name, state, count, bytes, peak, listed, listedBytes, callers, otherCallers }): ReportVerifiedDriver => {
      const known = [...callers.values()].sort((a, b) => b.bytes - a.bytes || b.blocks - a.blocks);
      return {
        name,
        state,
        allocations: count ?? listed,
        bytes: bytes ?? listedBytes,
        peak: peak ?? null,
        listed,
        listedBytes,
        callers: known.slice(0, CALLERS),
        otherCallers: otherCallers + known.slice(CALLERS).reduce((sum, { blocks }) => sum + blocks, 0),
      };
    })
    .sort((a, b) => b.bytes - a.bytes || b.allocations - a.allocations);
}

/**
 * What grew from the last table of one report to the last of another.
 * @returns null where one of the two has no table
 */
export function comparePools(
  before: ReportPool | null | undefined,
  after: ReportPool | null | undefined,
  knowledge: TableKnowledge = {},
): ReportPool | null {
  if (!before?.tables || !after?.tables) return null;
  const series = new TagSeries();
  series.add(snapshotOf(before.tables, 0));
  series.add(snapshotOf(after.tables, 1));
  const sources = new Set([...before.tables.sources, ...after.tables.sources]);
  const tables = buildTables(series, knowledge, sources);
  return {
    tables,
    found: [],
    verified: [],
    next: poolCommands(tables, [], []),
    rows: before.rows + after.rows,
    unread: [...before.unread, ...after.unread.map((line) => ({ ...line, log: 1 }))],
    unreadTotal: before.unreadTotal + after.unreadTotal,
  };
}

/** The last table of a report, with what it says of the owners of its tags. */
function snapshotOf({ last, tags }: ReportTables, log: number): Snapshot {
  const uses = tags
    .filter(({ inLast, state }) => inLast && state !== 'gone')
    .map(({ tag, pool, last, allocs, frees, owner }) => ({
      tag,
      pool,
      bytes: last.bytes,
      count: last.count,
      ...(allocs !== null && { allocs }),
      ...(frees !== null && { frees }),
      ...(owner && { says: saysOf(owner) }),
    }));
  return { ...factsOf(last), log, uses: new Map(uses.map((use) => [keyOf(use), use])) };
}

function saysOf({ driver, description }: { readonly driver: string; readonly description: string }): string {
  return driver === '' ? description : `${description} , Binary: ${driver}`;
}

function factsOf({ source, line, at, timeFrom, uptimeHours, whole, scope }: ReportTable) {
  return {
    source,
    line,
    whole,
    scope,
    at: at === null ? undefined : Date.parse(at),
    timeFrom: timeFrom ?? undefined,
    uptime: uptimeHours === null ? undefined : uptimeHours * 3_600_000,
  };
}
