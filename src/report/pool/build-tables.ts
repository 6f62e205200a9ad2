import type { TagUse } from '../../kd-text/pool/tag-use.js';
import type { PoolTags } from '../build/pool-tags.js';
import type { ReportAmount, ReportTable, ReportTables, ReportTagUse } from './model.js';
import { coversTag, type TableFacts, type TableSource } from './snapshot.js';
import { hexOf, ownerOf } from './tag-names.js';
import type { TagRun, TagSeries, TagTrack } from './tag-series.js';

const HOUR_MS = 3_600_000;
/** Files whose times are nearer than this were copied together. */
const COPIED_MS = 60_000;

export interface TableKnowledge {
  readonly poolTags?: PoolTags | undefined;
  /** Between the first table and the last, as somebody has said. */
  readonly hours?: number | undefined;
}

/** What a series of tables shows: the growth of each tag, of one table what each tag has. Null where there is no table. */
export function buildTables(
  series: TagSeries,
  { poolTags, hours: given }: TableKnowledge,
  sources: ReadonlySet<TableSource>,
): ReportTables | null {
  const { run } = series;
  if (!run) return null;
  const clock = given === undefined ? timeBetween(run) : { hours: given, hoursFrom: 'given' as const, clock: null };
  const tags = [...run.tracks.values()].map((track) => useOf(track, run, clock.hours, poolTags));
  return {
    sources: [...sources],
    count: series.count,
    compared: run.count,
    restarts: series.restarts,
    sign: series.sign ?? null,
    first: tableOf(run.first),
    last: tableOf(run.last),
    ...(run.count > 1 ? clock : { hours: null, hoursFrom: null, clock: null }),
    tags: ranked(tags),
  };
}

function timeBetween({ first, last }: TagRun): Pick<ReportTables, 'hours' | 'hoursFrom' | 'clock'> {
  const none = { hours: null, hoursFrom: null };
  if (first.at === undefined || last.at === undefined) return { ...none, clock: null };
  if (first.timeFrom !== last.timeFrom) return { ...none, clock: 'mixed' };
  const passed = last.at - first.at;
  if (first.timeFrom === 'file' && Math.abs(passed) < COPIED_MS) return { ...none, clock: 'files-alike' };
  if (passed === 0) return { ...none, clock: 'same' };
  if (passed < 0) return { ...none, clock: 'backwards' };
  return { hours: passed / HOUR_MS, hoursFrom: first.timeFrom ?? 'text', clock: null };
}

function useOf(track: TagTrack, run: TagRun, hours: number | null, poolTags: PoolTags | undefined): ReportTagUse {
  const { tag, pool } = track.last.use;
  const end = run.count - 1;
  const new_ = track.first.index > 0 && coversTag(run.first, tag);
  const gone = track.last.index < end && coversTag(run.last, tag);
  const first = new_ ? NOTHING : amountOf(track.first.use);
  const last = gone ? NOTHING : amountOf(track.last.use);
  const once = !new_ && !gone && track.first.index === track.last.index;
  const growth = once ? null : less(last, first);
  const spans = (new_ || track.first.index === 0) && (gone || track.last.index === end);
  const passed = spans ? hours : ownHours(track);
  const absent = run.whole && track.listed < run.count;
  return {
    tag,
    value: hexOf(tag),
    pool,
    first,
    last,
    growth,
    inLast: gone || track.last.index === end,
    perHour: growth && passed ? { bytes: growth.bytes / passed, count: growth.count / passed } : null,
    state: stateOf(first, last, once),
    lowest: absent ? 0 : track.lowest,
    highest: track.highest,
    rises: track.rises + (new_ && track.first.use.bytes > 0 ? 1 : 0),
    falls: track.falls + (gone && track.last.use.bytes > 0 ? 1 : 0),
    allocs: track.last.use.allocs ?? null,
    frees: track.last.use.frees ?? null,
    owner: ownerOf(tag, track.says, poolTags),
  };
}

const NOTHING: ReportAmount = { bytes: 0, count: 0 };

function amountOf({ bytes, count }: TagUse): ReportAmount {
  return { bytes, count };
}

function less(a: ReportAmount, b: ReportAmount): ReportAmount {
  return { bytes: a.bytes - b.bytes, count: a.count - b.count };
}

function stateOf(first: ReportAmount, last: ReportAmount, once: boolean): ReportTagUse['state'] {
  if (once) return 'once';
  const [had, has] = [first, last].map(({ bytes, count }) => bytes !== 0 || count !== 0);
  if (!had && has) return 'new';
  if (had && !has) return 'gone';
  const growth = last.bytes - first.bytes || last.count - first.count;
  return growth > 0 ? 'grown' : growth < 0 ? 'shrunk' : 'same';
}

/** Hours between the first and the last table that list a tag, by what these tell. */
function ownHours({ first, last }: TagTrack): number | null {
  const passed = first.at === undefined || last.at === undefined ? 0 : last.at - first.at;
  return passed > 0 ? passed / HOUR_MS : null;
}

function ranked(tags: ReportTagUse[]): ReportTagUse[] {
  const by = ({ growth }: ReportTagUse): number => growth?.bytes ?? Number.NEGATIVE_INFINITY;
  const compare = (a: number, b: number): number => (a === b ? 0 : b > a ? 1 : -1);
  return tags.sort(
    (a, b) =>
      compare(by(a), by(b)) ||
      compare(a.growth?.count ?? 0, b.growth?.count ?? 0) ||
      compare(a.last.bytes, b.last.bytes) ||
      (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0),
  );
}

function tableOf({ source, log, line, at, timeFrom, uptime, whole, scope }: TableFacts): ReportTable {
  return {
    source,
    log,
    line,
    whole,
    scope,
    at: at === undefined ? null : new Date(at).toISOString(),
    timeFrom: at === undefined ? null : (timeFrom ?? null),
    uptimeHours: uptime === undefined ? null : uptime / HOUR_MS,
  };
}
