import { clean } from '../../platform/clean-text.js';
import { count, fitted, number, percent, signed, size } from '../format.js';
import type { ReportAmount, ReportPool, ReportTables, ReportTagUse } from './model.js';

const POOL = { nonpaged: 'nonpaged pool', paged: 'paged pool' } as const;
const LONGEST_OWNER = 120;

/** One sentence: what grew most, or has most. */
export function poolAnswer(pool: ReportPool): string {
  if (pool.tables) return tablesAnswer(pool.tables);
  const [found] = pool.found;
  if (found) {
    const free =
      found.free > 0 ? `; ${count(found.free, 'more block')} ${found.free === 1 ? 'was' : 'were'} given back` : '';
    return `'${clean(found.tag)}' has ${count(found.blocks, 'block')}, ${size(found.bytes)} in all${free}.`;
  }
  const [driver] = pool.verified;
  if (!driver) return 'Nothing was found.';
  if (driver.allocations === 0) return 'No driver that Driver Verifier watches has an allocation outstanding.';
  const [caller] = driver.callers;
  const where = caller ? `, most of it from ${fitted(caller.caller, 58)}` : '';
  return `${fitted(driver.name, 58)} has most outstanding: ${count(driver.allocations, 'allocation')}, ${size(driver.bytes)}${where}.`;
}

function tablesAnswer(tables: ReportTables): string {
  const { tags, hours, compared } = tables;
  const [first] = tags;
  if (!first) return 'The tables list no tag.';
  const named = `'${clean(first.tag)}'`;
  if (compared < 2 || first.growth === null) {
    const whole = tags.reduce((sum, { last }) => sum + last.bytes, 0);
    const share = whole > 0 ? `, ${percent(first.last.bytes, whole)} of what is listed` : '';
    return `${named} has most: ${size(first.last.bytes)} of ${POOL[first.pool]} in ${count(first.last.count, 'allocation')}${share}${whose(first)}.`;
  }
  if (first.growth.bytes <= 0 && first.growth.count <= 0) return 'No tag has more than before.';
  const rate = first.perHour ? ` (${amount(first.perHour)} an hour)` : '';
  const within = hours === null ? '' : ` in ${span(hours)}`;
  return `${named} in ${POOL[first.pool]} grew most: by ${amount(first.growth)}${within}${rate}, to ${size(first.last.bytes)}${whose(first)}.`;
}

function whose({ owner }: ReportTagUse): string {
  if (!owner) return '';
  const { driver, description } = owner;
  if (driver === '') return `; it is described as ${fitted(description, LONGEST_OWNER)}`;
  const about = description === '' ? '' : ` (${fitted(description, LONGEST_OWNER)})`;
  return `; it belongs to ${fitted(driver, LONGEST_OWNER)}${about}`;
}

function amount({ bytes, count: allocations }: ReportAmount): string {
  const whole = Math.round(allocations);
  if (whole === 0) return size(bytes);
  return `${size(bytes)} and ${signed(whole).replace('+', '')} ${Math.abs(whole) === 1 ? 'allocation' : 'allocations'}`;
}

/** `1.5 hours`, `12 minutes`, `3.0 days` */
export function span(hours: number): string {
  if (hours < 1) return count(Math.max(1, Math.round(hours * 60)), 'minute');
  if (hours < 72) return hours === 1 ? '1 hour' : `${trimmed(hours)} hours`;
  return `${trimmed(hours / 24)} days`;
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}

/** What must be known to read the numbers rightly: a sentence each. */
export function poolRemarks({ tables, found, verified, unreadTotal }: ReportPool): string[] {
  const remarks = tables ? tableRemarks(tables) : [];
  for (const { tag, searches, before, blocks, bytes } of found)
    if (before && searches > 1)
      remarks.push(
        `'${clean(tag)}' was searched for ${searches} times: ${count(before.blocks, 'block')} (${size(before.bytes)}) at first, ${count(blocks, 'block')} (${size(bytes)}) at last.`,
      );
  for (const { name, allocations, listed } of verified)
    if (listed < allocations && listed > 0)
      remarks.push(`Of the ${number(allocations)} allocations of ${clean(name)}, ${number(listed)} are listed.`);
  if (unreadTotal > 0)
    remarks.push(
      unreadTotal === 1
        ? '1 line looks like a row and could not be read; what it says is in no number here.'
        : `${number(unreadTotal)} lines look like rows and could not be read; what they say is in no number here.`,
    );
  return remarks;
}

const SIGNS = {
  log: 'The target was restarted between two tables, as the log says',
  uptime: 'The target was restarted between two tables: it had been running for less time at the later one',
  counters: 'The target was restarted between two tables: its counters of allocations began again',
  sums: 'The target seems to have been restarted between two tables: nearly every tag has less than before, and all together less than half',
} as const;

function tableRemarks(tables: ReportTables): string[] {
  const { count: all, compared, restarts, sign, tags, first, last, hoursFrom } = tables;
  const remarks: string[] = [];
  if (sign) {
    const more = restarts > 1 ? `, ${number(restarts)} times in all` : '';
    const used =
      compared < 2
        ? 'the numbers are those of the last table alone, and show no growth'
        : `compared are the ${number(compared)} tables of ${number(all)} that lie between two restarts`;
    remarks.push(`${SIGNS[sign]}${more}; ${used}.`);
  }
  if (compared < 2 && !sign)
    remarks.push('One table does not show what grows: make another one later, and compare the two.');
  if (compared > 1) remarks.push(...timeRemarks(tables));
  const once = compared > 1 ? tags.filter(({ state }) => state === 'once').length : 0;
  if (once > 0)
    remarks.push(
      `${count(once, 'tag')} ${once === 1 ? 'is' : 'are'} in one table only, and the others do not list all tags: nothing tells whether ${once === 1 ? 'it' : 'they'} grew.`,
    );
  if (compared > 2 && hoursFrom !== 'given')
    remarks.push(
      `${number(compared)} tables were compared, from line ${number(first.line)} to line ${number(last.line)}.`,
    );
  return remarks;
}

function timeRemarks({ hours, hoursFrom, clock }: ReportTables): string[] {
  const give = 'so no growth per hour is given; --hours N says how much time lies between the first table and the last';
  if (hoursFrom === 'file' && hours !== null)
    return [
      `The tables do not tell when they were made: the time between them is that between their files (${span(hours)}).`,
    ];
  if (hours !== null) return [];
  if (clock === 'backwards') return [`The last table is older than the first by the times that are told, ${give}.`];
  if (clock === 'same') return [`Both tables tell the same time, ${give}.`];
  if (clock === 'mixed') return [`Only one of the two tables tells when it was made, ${give}.`];
  if (clock === 'files-alike')
    return [`The tables do not tell when they were made, and their files were written at the same time, ${give}.`];
  return [`The tables do not tell when they were made, ${give}.`];
}
