import { clean } from '../../platform/clean-text.js';
import { count, number, signed, size } from '../format.js';
import { logName } from '../sections/log-sections.js';
import {
  type Cell,
  type Column,
  nameCell,
  nameColumn,
  numberCell,
  numberColumn,
  type Section,
  sectionOf,
  shareCell,
  sizeCell,
} from '../sections/section.js';
import type { ReportFoundTag, ReportPool, ReportTables, ReportTagUse, ReportVerifiedDriver } from './model.js';
import { ownerText } from './tag-names.js';

/** The tables of a report's part on pool, in the order they are shown; those without a row are left out. */
export function poolSections(
  pool: ReportPool | null | undefined,
  top: number,
  logs: readonly string[] = [],
): Section[] {
  if (!pool) return [];
  const { tables, found, verified } = pool;
  return [
    ...(tables ? tagSections(tables, top) : []),
    ...foundSections(found, top),
    ...verifiedSections(verified, top),
    unreadRows(pool, top, logs),
  ].filter(({ rows }) => rows.length > 0);
}

function tagSections({ tags, compared }: ReportTables, top: number): Section[] {
  if (compared < 2) return [holdings(tags, top)];
  const byCount = [...tags].sort(
    (a, b) => (b.growth?.count ?? Number.NEGATIVE_INFINITY) - (a.growth?.count ?? Number.NEGATIVE_INFINITY) || 0,
  );
  return [
    growth('pool-bytes', 'Tags by growth of bytes', tags, { top, compared, of: 'bytes', text: sizeText }),
    growth('pool-counts', 'Tags by growth of allocations', byCount, { top, compared, of: 'count', text: number }),
  ];
}

interface GrowthOptions {
  readonly top: number;
  readonly compared: number;
  readonly of: 'bytes' | 'count';
  readonly text: (value: number) => string;
}

function growth(
  id: string,
  title: string,
  tags: readonly ReportTagUse[],
  { top, compared, of, text }: GrowthOptions,
): Section {
  const moved = tags.filter(({ state }) => state !== 'same');
  const facts: (readonly [Column, (tag: ReportTagUse) => Cell])[] = [
    [nameColumn('tag'), tagCell],
    [numberColumn('growth'), ({ growth }) => change(growth?.[of], of)],
    [numberColumn('per hour'), ({ perHour }) => change(perHour?.[of], of)],
    [numberColumn('after'), ({ last }) => ({ text: text(last[of]), value: last[of] })],
    [numberColumn('before'), ({ first }) => ({ text: text(first[of]), value: first[of] })],
    ...(compared > 2 ? [[numberColumn('rose'), stepsCell] as const] : []),
    ...(moved.some(({ state }) => state in STATES) ? [[nameColumn(''), stateCell] as const] : []),
    ...(moved.some(({ owner }) => owner)
      ? [[nameColumn('whose'), ({ owner }: ReportTagUse) => nameCell(ownerText(owner))] as const]
      : []),
  ];
  const columns = facts.map(([column]) => column);
  return sectionOf(id, title, columns, moved, top, (tag) => facts.map(([, cell]) => cell(tag)));
}

const STATES: Readonly<Record<string, string>> = { new: 'new', gone: 'gone', once: 'in one table' };

function stateCell({ state }: ReportTagUse): Cell {
  return nameCell(STATES[state] ?? '');
}

function stepsCell({ rises, falls }: ReportTagUse): Cell {
  return { text: rises + falls === 0 ? '' : `${number(rises)} of ${number(rises + falls)}`, value: rises };
}

function holdings(tags: readonly ReportTagUse[], top: number): Section {
  const owned = tags.some(({ owner }) => owner !== null);
  const whole = tags.reduce((sum, { last }) => sum + last.bytes, 0);
  const columns: Column[] = [
    nameColumn('tag'),
    ...['bytes', 'share', 'allocations'].map(numberColumn),
    ...(owned ? [nameColumn('whose')] : []),
  ];
  return sectionOf('pool-bytes', 'Tags', columns, tags, top, (tag) => [
    tagCell(tag),
    { text: sizeText(tag.last.bytes), value: tag.last.bytes },
    shareCell(tag.last.bytes, whole),
    numberCell(tag.last.count),
    ...(owned ? [nameCell(ownerText(tag.owner))] : []),
  ]);
}

function foundSections(found: readonly ReportFoundTag[], top: number): Section[] {
  const owned = found.some(({ owner }) => owner);
  const columns = [
    nameColumn('tag'),
    ...['blocks', 'bytes', 'given back'].map(numberColumn),
    ...(owned ? [nameColumn('whose')] : []),
  ];
  const [first] = found;
  const tags = sectionOf('pool-found', 'Blocks by tag', columns, found, top, (tag) => [
    nameCell(`'${clean(tag.tag)}'`),
    numberCell(tag.blocks),
    sizeCell(tag.bytes),
    numberCell(tag.free),
    ...(owned ? [nameCell(ownerText(tag.owner))] : []),
  ]);
  if (!first) return [];
  const sizes = sectionOf(
    'pool-sizes',
    `Blocks of '${clean(first.tag)}' by size`,
    [nameColumn('size'), ...['blocks', 'bytes', 'share'].map(numberColumn)],
    first.sizes,
    top,
    ({ size: bytes, blocks }) => [
      nameCell(`${number(bytes)} B (0x${bytes.toString(16)})`),
      numberCell(blocks),
      sizeCell(bytes * blocks),
      shareCell(bytes * blocks, first.bytes),
    ],
  );
  return [tags, sizes];
}

function verifiedSections(verified: readonly ReportVerifiedDriver[], top: number): Section[] {
  const drivers = sectionOf(
    'pool-drivers',
    'Outstanding by driver (Driver Verifier)',
    [nameColumn('driver'), ...['allocations', 'bytes', 'most so far'].map(numberColumn), nameColumn('')],
    verified,
    top,
    ({ name, allocations, bytes, peak, state }) => [
      nameCell(name),
      numberCell(allocations),
      sizeCell(bytes),
      sizeCell(peak),
      nameCell(state === 'loaded' ? '' : state),
    ],
  );
  const several = verified.filter(({ listed }) => listed > 0).length > 1;
  const all = verified
    .flatMap(({ name, callers }) => callers.map((caller) => ({ ...caller, name })))
    .sort((a, b) => b.bytes - a.bytes || b.blocks - a.blocks);
  const callers = sectionOf(
    'pool-callers',
    'Outstanding by caller (Driver Verifier)',
    [
      nameColumn('caller'),
      ...['allocations', 'bytes'].map(numberColumn),
      nameColumn('tag'),
      ...(several ? [nameColumn('driver')] : []),
    ],
    all,
    top,
    ({ caller, blocks, bytes, tag, name }) => [
      nameCell(caller),
      numberCell(blocks),
      sizeCell(bytes),
      nameCell(`'${clean(tag)}'`),
      ...(several ? [nameCell(name)] : []),
    ],
  );
  return [drivers, callers];
}

function unreadRows({ unread, unreadTotal }: ReportPool, top: number, logs: readonly string[]): Section {
  const several = logs.length > 1;
  const columns = [numberColumn('line'), ...(several ? [nameColumn('log')] : []), nameColumn('text')];
  const title = `Rows that could not be read (${count(unreadTotal, 'line')})`;
  const section = sectionOf('pool-unread', title, columns, unread, top, ({ log, line, text }) => [
    numberCell(line),
    ...(several ? [nameCell(logName(logs[log] ?? ''))] : []),
    nameCell(text),
  ]);
  return { ...section, hidden: unreadTotal - section.rows.length };
}

function tagCell({ tag, pool }: ReportTagUse): Cell {
  return nameCell(`'${clean(tag)}' ${pool}`);
}

function change(value: number | undefined, of: 'bytes' | 'count'): Cell {
  if (value === undefined) return { text: '', value: null };
  const whole = Math.round(value);
  if (of === 'count') return { text: signed(whole), value };
  return { text: whole === 0 ? '0' : whole > 0 ? `+${sizeText(whole)}` : `\u2212${sizeText(-whole)}`, value };
}

function sizeText(bytes: number): string {
  return size(Math.round(bytes));
}
