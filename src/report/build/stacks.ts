import { attribute, UNCERTAIN_DRIVER } from '../../stacks/attribute/attribution.js';
import { operationOf } from '../../stacks/attribute/operation.js';
import type { Wrappers } from '../../stacks/attribute/wrappers.js';
import { CutStacks } from '../../stacks/cut-stacks.js';
import type { Findings, FoundStack, MergedStacks } from '../../stacks/findings.js';
import { FURTHER_CALLERS } from '../../stacks/merge-stacks.js';
import type { TableFrame } from '../../stacks/stack-table.js';
import { number } from '../format.js';
import type { ReportStack } from '../row-model.js';
import { type OutstandingBlocks, outstandingByStack } from './outstanding.js';
import type { Rows } from './rows.js';
import type { LogClock } from './time.js';

/** The stacks of a log, each with whose it is and what became of its allocations. @param tracked whether that is known */
export function stacksOf(findings: Findings, tracked: boolean, clock: LogClock, wrappers?: Wrappers): Rows {
  const { exportsOnly } = findings.modules;
  const live = outstandingByStack(findings.addresses);
  const cuts = new CutStacks(findings.stacks);
  const stacks: ReportStack[] = [];
  const fromUserMode = new Set<ReportStack>();
  for (const stack of findings.stacks) {
    if (stack.merged?.operation === 'break-in') continue;
    if (stack.merged) {
      const row = mergedRow(stack, stack.merged, tracked, live, clock);
      stacks.push(row);
      if (stack.merged.userMode) fromUserMode.add(row);
      continue;
    }
    const frames = stack.frames.map((site) => findings.sites[site] as TableFrame);
    const operation = operationOf(frames, exportsOnly);
    if (operation === 'break-in') continue;
    const { count, repeats, bytes, sized, first, last } = stack;
    const cut = cuts.has(stack) ? stack.stood : 0;
    const whose = attribute(frames, { cut: cut === count, exportsOnly, ...(wrappers && { wrappers }) });
    const { caller, driver, userMode, through, crash } = whose;
    const doubt = whose.doubt ? { why: whose.doubt.why, next: whose.doubt.next ?? null } : null;
    const { outstanding, oldest } = outstandingOf(stack, tracked, live, clock);
    // One literal: a hundred thousand of them are made, and copied nowhere.
    const row: ReportStack = {
      count,
      operation,
      repeats,
      cut,
      driver,
      caller,
      bytes,
      sized,
      outstanding,
      frames,
      oldest,
      first,
      last,
      through,
      crash,
      doubt,
    };
    stacks.push(row);
    if (userMode) fromUserMode.add(row);
  }
  return { stacks, userMode: fromUserMode };
}

function outstandingOf(
  { number }: FoundStack,
  tracked: boolean,
  live: ReadonlyMap<number, OutstandingBlocks>,
  clock: LogClock,
) {
  const held = tracked ? live.get(number) : undefined;
  return {
    outstanding: tracked ? (held?.sums ?? { count: 0, bytes: 0, sized: 0 }) : null,
    oldest: held?.oldest ? { place: held.oldest, at: clock(held.oldest) } : null,
  };
}

/** Stacks that were not kept apart, as one row: its only frame says how many they are. */
function mergedRow(
  stack: FoundStack,
  { stacks, driver, operation, crash, injected, frames }: MergedStacks,
  tracked: boolean,
  live: ReadonlyMap<number, OutstandingBlocks>,
  clock: LogClock,
): ReportStack {
  const { count, repeats, bytes, sized, first, last } = stack;
  const text = `(${number(stacks)} rare ${stacks === 1 ? 'stack' : 'stacks'} of ${driver}, not kept apart)`;
  const sum: TableFrame = { text, module: null, symbol: null, offset: null, mark: 'merged' };
  const fault: TableFrame = { ...sum, text: '(fault injected by Driver Verifier)', mark: 'injected' };
  const doubt = driver === UNCERTAIN_DRIVER ? { why: 'it was not kept apart', next: null } : null;
  return {
    count,
    operation,
    repeats,
    cut: 0,
    driver,
    caller: FURTHER_CALLERS,
    bytes,
    sized,
    ...outstandingOf(stack, tracked, live, clock),
    frames: injected ? [fault, sum] : [sum],
    first,
    last,
    through: [],
    crash,
    doubt,
    merged: { stacks, frames },
  };
}
