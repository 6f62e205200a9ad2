import { count, number, size } from '../format.js';
import type { Report, ReportLog } from '../model.js';
import { nameCell, nameColumn, numberCell, numberColumn, type Section, sectionOf, sizeCell } from './section.js';

/** Empty for a single log: the sentence on what was read names its numbers. */
export function logSection({ logs }: Report, top: number): Section {
  const columns = [nameColumn(''), numberColumn('bytes'), numberColumn('lines'), numberColumn('hits')];
  return sectionOf('logs', 'Logs', columns, logs.length > 1 ? logs : [], top, (log) => [
    nameCell(named(log)),
    sizeCell(log.bytes),
    numberCell(log.lines),
    numberCell(log.hits),
  ]);
}

/** A log as people know it. */
export function logName(name: string): string {
  return name === '-' ? 'standard input' : name;
}

function named({ name, encoding, endsMidLine }: ReportLog): string {
  const notes = [
    ...(encoding === 'plain' ? [] : [encoding.toUpperCase()]),
    ...(endsMidLine ? ['ends in the middle of a line'] : []),
  ];
  return notes.length === 0 ? logName(name) : `${logName(name)} (${notes.join(', ')})`;
}

/** Lines that should have been understood and were not, with where they stand. */
export function unreadSection({ unread, unreadTotal, logs }: Report, top: number): Section {
  const several = logs.length > 1;
  const columns = [numberColumn('line'), ...(several ? [nameColumn('log')] : []), nameColumn('text')];
  const title = `Could not be read (${count(unreadTotal, 'line')})`;
  const section = sectionOf('unread', title, columns, unread, top, ({ log, line, text }) => [
    numberCell(line),
    ...(several ? [nameCell(logName(logs[log]?.name ?? ''))] : []),
    nameCell(text),
  ]);
  return { ...section, hidden: unreadTotal - section.rows.length };
}

/** What was read, so that nothing is dropped silently. */
export function reading({ read, hits, frames, bytes, logs, pool }: Report): string {
  const stacks = hits === 0 && pool ? '' : `, ${count(hits, 'hit')}, ${count(frames, 'frame')}`;
  const rows = pool ? `, ${count(pool.rows, 'row')} of pool` : '';
  const parts = [
    `Read ${number(read.bytes)} bytes, ${count(read.lines, 'line')}${stacks}${rows}` +
      `${logs.length > 1 ? ` from ${count(logs.length, 'log')}` : ''}.`,
  ];
  if (read.endsMidLine && logs.length === 1) parts.push('The log ends in the middle of a line.');
  if (read.emptyStacks > 0) parts.push(`${count(read.emptyStacks, 'stack header')} without a frame.`);
  if (bytes) parts.push(`Sizes are known for ${count(bytes.hits, 'hit')}: ${size(bytes.total)} asked for.`);
  if (bytes?.freed) parts.push(freedText(bytes.freed));
  const targets = [...new Set(logs.flatMap((log) => log.targets))];
  if (targets.length > 0) parts.push(`The target was ${targets.join(', then ')}.`);
  return parts.join(' ');
}

/** Sums need no address, and do not tell whose memory it was. */
function freedText({ total, hits, outstanding }: NonNullable<NonNullable<Report['bytes']>['freed']>): string {
  const given = `${count(hits, 'free')} gave back ${size(total)}`;
  if (outstanding === null) return `${given}.`;
  const left =
    outstanding < 0
      ? `${size(-outstanding)} more than was asked for in this log`
      : `so that ${size(outstanding)} are outstanding`;
  return `${given}, ${left}, by sums; whose they are, addresses tell.`;
}
