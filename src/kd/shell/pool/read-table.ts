import { MAX_DATA } from '../../control/api.js';
import { CommandError, type ShellContext } from '../shell-context.js';
import { EVIDENCE, isCountable, judgeLayout } from './judge-layout.js';
import { learnLayout, learntLayout } from './learnt-layout.js';
import { readEntries, type TagTables, UNKNOWN_TABLE } from './tag-tables.js';
import { isEmpty, readTrackerEntry, TRACKER_LAYOUTS, type TrackedTag, type TrackerLayout } from './tracker-layout.js';

/** Bytes that a reading of memory moves besides what is read. */
const PACKET_COST = 178;

export interface TableReading {
  readonly tags: readonly TrackedTag[];
  /** Tags of entries that do not add up, and are not counted. */
  readonly odd: readonly number[];
}

/** Reads all tables to their end. @throws CommandError where they cannot be read or understood; LinkError */
export async function readTable(context: ShellContext, tables: TagTables): Promise<TableReading> {
  const { known, screen } = context;
  const { bits } = known.architecture;
  const learnt = learntLayout(known);
  const candidates = learnt ? [learnt] : TRACKER_LAYOUTS.filter((each) => each.bits === bits);
  screen.line(costText(context, tables, candidates));
  const { layout, parts } = await sample(context, tables, candidates);
  const begun = parts[0]?.length ?? 0;
  const rest = await readEntries(context, tables.processors, begun, tables.entries * layout.bytes - begun);
  const whole = parts.map((part, index) => Buffer.concat([part, rest[index] as Buffer]));
  if (judgeLayout({ offset: 0, tables: whole }, bits, EVIDENCE.table) !== layout) throw new CommandError(UNKNOWN_TABLE);
  learnLayout(known, layout);
  const { expansion } = tables;
  const more = expansion
    ? await readEntries(context, [expansion.address], 0, expansion.entries * layout.bytes)
    : undefined;
  return gather([whole, ...(more ? [more] : [])], layout);
}

/** Reads from the beginning as much as it takes to know the layout: never beyond the end of a table, whichever it is. */
async function sample(
  context: ShellContext,
  tables: TagTables,
  candidates: readonly TrackerLayout[],
): Promise<{ readonly layout: TrackerLayout; readonly parts: readonly Buffer[] }> {
  const most = tables.entries * Math.min(...candidates.map(({ bytes }) => bytes));
  let parts = tables.processors.map(() => Buffer.alloc(0));
  for (let bytes = Math.min(MAX_DATA, most), read = 0; ; read = bytes, bytes = Math.min(bytes * 4, most)) {
    const next = await readEntries(context, tables.processors, read, bytes - read);
    parts = parts.map((part, index) => Buffer.concat([part, next[index] as Buffer]));
    const layout = judgeLayout({ offset: 0, tables: parts }, context.known.architecture.bits, EVIDENCE.table);
    if (layout) return { layout, parts };
    if (bytes === most) throw new CommandError(UNKNOWN_TABLE);
  }
}

/** The target stands still meanwhile, and a cable is slow: whoever asked can still take it back. */
function costText({ bytesPerSecond }: ShellContext, tables: TagTables, candidates: readonly TrackerLayout[]): string {
  const entries = tables.entries * tables.processors.length + (tables.expansion?.entries ?? 0);
  const bytes = entries * Math.max(...candidates.map((each) => each.bytes));
  const several = tables.processors.length === 1 ? '' : ` of ${tables.processors.length} processors`;
  const seconds = bytesPerSecond && Math.ceil((bytes * (1 + PACKET_COST / MAX_DATA)) / bytesPerSecond);
  const time = seconds === undefined ? '' : `, ${candidates.length === 1 ? 'about' : 'at most'} ${seconds} s`;
  return `Reading the pool tag table${several}: ${entries} entries, ${candidates.length === 1 ? '' : 'up to '}${bytes} bytes${time}. CTRL+C gives up.`;
}

function gather(tables: readonly (readonly Buffer[])[], layout: TrackerLayout): TableReading {
  const tags: TrackedTag[] = [];
  const odd: number[] = [];
  for (const parts of tables)
    for (let at = 0; at < (parts[0] as Buffer).length; at += layout.bytes) {
      const entries = parts.map((part) => part.subarray(at, at + layout.bytes));
      if (entries.every((entry) => isEmpty(entry, layout))) continue;
      const tag = readTrackerEntry(entries, layout);
      if (tag && isCountable(tag)) tags.push(tag);
      else odd.push((entries[0] as Buffer).readUInt32LE(0));
    }
  return { tags, odd };
}
