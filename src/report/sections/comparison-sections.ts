import type { Change, ComparedReport, Comparison } from '../comparison.js';
import { count, fitted, number, plural, signed } from '../format.js';
import type { ReportPool } from '../pool/model.js';
import { poolAnswer, poolRemarks } from '../pool/pool-answer.js';
import { logName } from './log-sections.js';
import { callerRemark } from './rankings.js';
import {
  nameCell,
  nameColumn,
  numberCell,
  numberColumn,
  remarkedCell,
  type Section,
  sectionOf,
  shareCell,
} from './section.js';

/** One sentence: who grew most, and where. */
export function comparisonAnswer(comparison: Comparison): string {
  const { noun, normalised, drivers, callers } = comparison;
  const [first] = drivers;
  if (!first) return comparison.pool ? poolAnswer(comparison.pool) : 'Neither log shows anything to compare.';
  const things = comparison.measure === 'outstanding' ? `outstanding ${plural(noun)}` : plural(noun);
  if (first.excess <= 0)
    return `Nothing grew: no driver has more ${things} than before${normalised ? ', measured by its share' : ''}.`;
  const caller = callers.find(({ driver, excess }) => driver === first.name && excess > 0);
  const where = caller ? `, most of it in ${fitted(caller.name, 58)}` : '';
  const from = `from ${number(first.before)} to ${number(first.after)} ${things}`;
  if (normalised) return `${fitted(first.name, 58)} grew most: its share went ${shares(first)} (${from})${where}.`;
  return `${fitted(first.name, 58)} grew most: ${from} (${signed(first.growth)})${where}.`;
}

/** What was compared, and how. */
export function comparisonRemarks({ before, after, noun, normalised, drivers, pool }: Comparison): string[] {
  if (pool && drivers.length === 0) return [...tablesOf(before, after, pool), ...poolRemarks(pool)];
  const side = (name: string, { logs, whole, hits }: ComparedReport): string =>
    `${name}: ${logs.map(logName).join(', ')}: ${count(whole, noun)}${noun === 'hit' ? '' : ` in ${count(hits, 'hit')}`}.`;
  const remarks = [side('Before', before), side('After', after)];
  if (normalised)
    remarks.push(
      'The two differ much in size: what grew is ranked by its excess, how much more there is than if all had grown alike.',
    );
  return pool ? [...remarks, poolAnswer(pool), ...poolRemarks(pool)] : remarks;
}

/** Which table of each was compared. */
function tablesOf(before: ComparedReport, after: ComparedReport, { tables }: ReportPool): string[] {
  if (!tables) return [];
  const { first, last, compared } = tables;
  const side = (name: string, { logs }: ComparedReport, { line, at }: typeof first): string =>
    `${name}: ${logs.map(logName).join(', ')}, the table in line ${number(line)}${at ? ` (${at.slice(0, 16).replace('T', ' ')} UTC)` : ''}.`;
  const later = side('After', after, last);
  return compared < 2 ? [later] : [side('Before', before, first), later];
}

export function driverChanges(comparison: Comparison, top: number): Section {
  return changes('drivers', 'Drivers', comparison, comparison.drivers, top);
}

export function callerChanges(comparison: Comparison, top: number): Section {
  return changes('callers', 'Callers', comparison, comparison.callers, top);
}

function changes(id: string, title: string, { normalised }: Comparison, of: readonly Change[], top: number): Section {
  const cameOrWent = ({ state }: Change): boolean => state === 'new' || state === 'gone';
  const some = of.slice(0, top).some(cameOrWent);
  const columns = [
    nameColumn(id === 'drivers' ? 'driver' : 'caller'),
    ...['before', 'after', 'growth', ...(normalised ? ['excess'] : []), 'share', 'share before'].map(numberColumn),
    ...(some ? [nameColumn('state')] : []),
  ];
  return sectionOf(id, title, columns, of, top, (change) => [
    remarkedCell(change.name, callerRemark(change)),
    numberCell(change.before),
    numberCell(change.after),
    { text: signed(change.growth), value: change.growth },
    ...(normalised ? [{ text: signed(change.excess), value: change.excess }] : []),
    shareCell(change.shareAfter, 1),
    shareCell(change.shareBefore, 1),
    ...(some ? [nameCell(cameOrWent(change) ? change.state : '')] : []),
  ]);
}

/** What changed of one stack, in a line. */
export function changeFacts(change: Change): string {
  const state = change.state === 'new' ? 'new, ' : change.state === 'gone' ? 'gone, ' : '';
  return `${state}${number(change.before)} to ${number(change.after)} (${signed(change.growth)}), share ${shares(change)}`;
}

/** Stacks that did not change are not listed. */
export function changedStacks({ stacks, normalised }: Comparison) {
  return stacks.filter(({ growth, excess }) => growth !== 0 || (normalised && excess !== 0));
}

function shares({ shareBefore, shareAfter }: Change): string {
  return `from ${(shareBefore * 100).toFixed(1)} % to ${(shareAfter * 100).toFixed(1)} %`;
}
