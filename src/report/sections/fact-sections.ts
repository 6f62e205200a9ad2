import { clean } from '../../platform/clean-text.js';
import { border, number } from '../format.js';
import type { Report, ReportStop } from '../model.js';
import type { ReportStack } from '../row-model.js';
import { callerRemark } from './rankings.js';
import {
  nameCell,
  nameColumn,
  numberCell,
  numberColumn,
  remarkedCell,
  type Section,
  sectionOf,
  sizeCell,
} from './section.js';

const STOPS: Readonly<Record<ReportStop['kind'], string>> = {
  breakpoint: 'breakpoint',
  'pool-hit-tag': 'PoolHitTag',
  break: 'break-in',
  'bug-check': 'bug check',
  exception: 'exception',
  command: 'a stack that somebody asked for',
  unknown: 'unknown: the log does not begin with the stop',
};

export function stopSection({ stops }: Report, top: number): Section {
  const columns = [nameColumn(''), numberColumn('hits')];
  return sectionOf('stops', 'What stopped the target', columns, stops, top, (stop) => [
    nameCell(stopName(stop)),
    numberCell(stop.hits),
  ]);
}

function stopName({ kind, breakpoint, symbol }: ReportStop): string {
  const which = breakpoint === null ? STOPS[kind] : `${STOPS[kind]} ${breakpoint}`;
  return symbol === null ? which : `${which} at ${symbol}`;
}

/** Empty unless the prompts of at least one hit named a processor. */
export function processorSection({ processors }: Report, top: number): Section {
  const known = processors.some(({ processor }) => processor !== null) ? processors : [];
  return sectionOf('processors', 'Processors', [nameColumn(''), numberColumn('hits')], known, top, (of) => [
    nameCell(of.processor === null ? 'not named' : `processor ${of.processor}`),
    numberCell(of.hits),
  ]);
}

/** Empty if the answer has said it all: one tag, and nobody who owns it. */
export function tagSection({ tags }: Report, top: number): Section {
  const shown = tags.length > 1 || tags.some(({ owner }) => owner !== null) ? tags : [];
  const columns = [nameColumn(''), nameColumn('owner in pooltag.txt'), numberColumn('hits')];
  const owned = shown.some(({ owner }) => owner !== null);
  return sectionOf(
    'tags',
    'Tags',
    owned ? columns : columns.filter((_, i) => i !== 1),
    shown,
    top,
    ({ tag, value, hits, owner }) => {
      const named = owner ? `${owner.driver}: ${owner.description}` : '';
      return [nameCell(`'${clean(tag)}' ${value}`), ...(owned ? [nameCell(named)] : []), numberCell(hits)];
    },
  );
}

/** Empty unless the breakpoint's commands said them. */
export function poolTypeSection({ poolTypes }: Report, top: number): Section {
  const columns = [nameColumn(''), numberColumn('hits')];
  return sectionOf('pool-types', 'Pool types', columns, poolTypes ?? [], top, ({ value, name, hits }) => [
    nameCell(name === null ? value : `${name} (${value})`),
    numberCell(hits),
  ]);
}

/** What is still held, by stack: the stacks as the list of them numbers them. */
export function heldSection(report: Report, top: number): Section {
  const { outstanding, stacks } = report;
  const held = stacks
    .map((stack, at) => ({ stack, rank: at + 1, sums: stack.outstanding ?? { count: 0, bytes: 0, sized: 0 } }))
    .filter(({ sums }) => sums.count > 0)
    .sort((a, b) => b.sums.count - a.sums.count || b.sums.bytes - a.sums.bytes);
  const sized = (outstanding?.sized ?? 0) > 0;
  const columns = [
    nameColumn('stack'),
    numberColumn('held'),
    ...(sized ? [numberColumn('bytes')] : []),
    nameColumn('oldest'),
  ];
  return sectionOf('held', 'Outstanding allocations, by stack', columns, held, top, ({ stack, rank, sums }) => [
    remarkedCell(`#${rank} ${stack.caller}`, callerRemark({ name: stack.caller, driver: stack.driver })),
    numberCell(sums.count),
    ...(sized ? [sizeCell(sums.sized > 0 ? sums.bytes : null)] : []),
    nameCell(oldestText(stack, report)),
  ]);
}

function oldestText({ oldest }: ReportStack, { logs }: Report): string {
  if (!oldest) return '';
  const { log, line } = oldest.place;
  const where = logs.length > 1 ? `${logs[log]?.name ?? ''}, line ${number(line)}` : `line ${number(line)}`;
  return oldest.at === null ? where : border(oldest.at.replace(/\.\d+Z$/, 'Z'));
}

/** How allocations were matched with frees, and what could not be. */
export function outstandingSection({ outstanding }: Report): Section {
  const columns = [nameColumn(''), numberColumn('')];
  const always = (text: string, value: number) => [nameCell(text), numberCell(value)];
  const ifAny = (text: string, value: number) => (value === 0 ? [] : [always(text, value)]);
  const rows = outstanding
    ? [
        always('allocations with a known address', outstanding.tracked),
        always('of these, freed within the log', outstanding.freed),
        always('still held', outstanding.count),
        ...ifAny('of these, not freed until the target rebooted', outstanding.endedByReboot ?? 0),
        ...(outstanding.sized === 0 ? [] : [[nameCell('bytes still held'), sizeCell(outstanding.bytes)]]),
        ...ifAny('frees of what the log does not show being allocated', outstanding.unmatchedFrees),
        ...ifAny('addresses allocated anew without a free (counted as freed)', outstanding.reused),
        ...ifAny('allocations without an address', outstanding.allocationsWithoutAddress),
        ...ifAny('frees without an address', outstanding.freesWithoutAddress),
      ]
    : [];
  return { id: 'outstanding', title: 'Allocations and frees, matched by address', columns, rows, hidden: 0 };
}

export function unresolvedSection({ unresolved }: Report, top: number): Section {
  const columns = [nameColumn(''), numberColumn('hits')];
  return sectionOf('unresolved', 'Without symbols', columns, unresolved, top, ({ text, hits }) => [
    nameCell(text),
    numberCell(hits),
  ]);
}
