import { EXIT } from '../../fault.js';
import { type BreakpointRow, parseBreakpointRow } from '../../kd-text/breakpoints.js';
import { isExportsOnly, type ModulePlace, parseModuleRow } from '../../kd-text/modules.js';
import { saysNoStop } from '../../kd-text/no-stop.js';
import { parseSymbolRow } from '../../kd-text/symbols.js';
import { armLines, reloadLines } from '../commands.js';
import { isSame, type Trap, trapsFor } from '../hit-commands.js';
import type { Plan } from '../plan.js';
import type { Turn } from '../turn.js';
import { rebooted } from './breaking.js';
import { interruptKd, overHaltLimit } from './halt-limit.js';
import { release } from './release.js';
import { resumeEnded } from './resuming.js';

/** `arming`: at a prompt, from the first question to the resume that is confirmed. The target stands still: nothing waits. */
export function arming(turn: Turn): void {
  const { event, state } = turn;
  if (rebooted(turn)) return;
  if (state.target.resuming) {
    resumeEnded(turn, () => armed(turn));
    return;
  }
  if (event.type === 'timer') onTimer(turn);
  if (event.type !== 'answer') return;
  if (saysNoStop(event.lines)) turn.noStop();
  else if (state.aim === 'release') turn.proceed();
  else if (event.purpose === 'resolve') resolved(turn, event.lines);
  else if (event.purpose === 'reload') reloaded(turn, event.lines);
  else if (event.purpose === 'arm') checked(turn, event.lines);
}

function resolved(turn: Turn, lines: readonly string[]): void {
  const { state, plan } = turn;
  if (plan.strategy === 'breakpoint' && plan.joined && existing(lines, plan)) {
    turn.tell('already-armed');
    state.ours.armed = true;
    state.ours.theirs = plan.takesOver !== true;
    turn.resume();
    return;
  }
  const symbol = chooseSymbol(lines, plan);
  if (symbol === undefined) {
    tellExportsOnly(turn, lines);
    unresolved(turn, lines);
    return;
  }
  state.ours.symbol = symbol;
  state.ours.resolved = lines;
  if (wantsReload(turn, lines)) {
    turn.ask('reload', reloadLines());
    return;
  }
  tellExportsOnly(turn, lines);
  setTraps(turn, symbol, lines);
}

/** Whether kd knows the kernel alone, so that stacks would end at the first driver, and there is time to read the module list. */
function wantsReload(turn: Turn, lines: readonly string[]): boolean {
  const { event, state, plan } = turn;
  if (!plan.modules || state.target.reloaded || modulesIn(lines).length > 1) return false;
  state.target.reloaded = true;
  const { bytes, ms, reload } = plan.modules;
  const left = plan.haltLimitMs - (event.at - (state.target.haltedSince ?? event.at));
  if (reload && ms < left) {
    turn.tell('reload', { bytes, ms, left_ms: left });
    return true;
  }
  turn.tell('reload-left-out', { bytes, ms, left_ms: left, asked: !reload });
  return false;
}

function reloaded(turn: Turn, lines: readonly string[]): void {
  const { state } = turn;
  const modules = modulesIn(lines);
  turn.tell('reloaded', { modules: modules.length });
  tellExportsOnly(turn, lines);
  setTraps(turn, state.ours.symbol ?? '', state.ours.resolved);
}

function modulesIn(lines: readonly string[]): ModulePlace[] {
  return lines.map((line) => parseModuleRow(line)).filter((row) => row !== undefined);
}

/** Names of functions are guesses then: the log holds what `lm` said, and so does the report. */
function tellExportsOnly(turn: Turn, lines: readonly string[]): void {
  const modules = modulesIn(lines).filter(isExportsOnly);
  if (modules.length > 0) turn.tell('exports-only', { modules: modules.map(({ name }) => name) });
}

function setTraps(turn: Turn, symbol: string, lines: readonly string[]): void {
  const { state, plan } = turn;
  const most = plan.maxHits === undefined ? undefined : Math.max(1, plan.maxHits - state.hits.total);
  const { traps, lacks } = trapsFor(plan, symbol, lines, most);
  state.ours.traps = traps;
  state.ours.armed = true;
  state.ours.theirs = false;
  state.target.freed = false;
  turn.tell('symbol', { symbol });
  if (lacks !== undefined) turn.tell('less-detail', { why: lacks });
  turn.ask('arm', armLines(plan, traps));
}

/** The place to stop at: the first candidate that the symbols of this target know. */
export function chooseSymbol(lines: readonly string[], plan: Plan): string | undefined {
  if (plan.strategy === 'pool-hit-tag')
    return lines.some((line) => /^[0-9a-f`]{8,17}\s+[0-9a-f]{8}\s*$/i.test(line)) ? 'nt!PoolHitTag' : undefined;
  if (plan.at !== undefined) return plan.at;
  const known = new Set(lines.map((line) => parseSymbolRow(line)?.symbol.toLowerCase()));
  return plan.candidates.find((candidate) => known.has(candidate.toLowerCase()));
}

function existing(lines: readonly string[], plan: Plan): boolean {
  const rows = rowsOf(lines);
  return (plan.at ? [plan.at] : plan.candidates).some((place) =>
    trapsFor(plan, place, lines).traps.every((trap) => rows.some((row) => isRowOf(row, trap, true))),
  );
}

function checked(turn: Turn, lines: readonly string[]): void {
  if (isSet(lines, turn.plan, turn.state.ours.traps)) turn.resume();
  else unresolved(turn, lines);
}

/** Whether kd's own table shows what was set: `bp` prints nothing when it works. */
export function isSet(lines: readonly string[], plan: Plan, traps: readonly Trap[]): boolean {
  if (plan.strategy === 'pool-hit-tag') {
    const value = plan.tag.value.toString(16).padStart(8, '0');
    return lines.some((line) => new RegExp(`^[0-9a-f\`]{8,17}\\s+${value}\\b`, 'i').test(line));
  }
  const rows = rowsOf(lines);
  // What `--at` names may be an expression, which the table shows as a symbol.
  return traps.every((trap) => rows.some((row) => isRowOf(row, trap, trap.symbol !== plan.at)));
}

function rowsOf(lines: readonly string[]): BreakpointRow[] {
  return lines.map(parseBreakpointRow).filter((row) => row !== undefined);
}

function isRowOf({ enabled, resolved, symbol, command }: BreakpointRow, trap: Trap, named: boolean): boolean {
  if (!enabled || !resolved || !isSame(command, trap.commands)) return false;
  return !named || symbol.toLowerCase() === trap.symbol.toLowerCase();
}

function unresolved(turn: Turn, lines: readonly string[]): void {
  const { state, plan } = turn;
  const tried = plan.strategy === 'pool-hit-tag' ? ['nt!PoolHitTag'] : plan.at ? [plan.at] : [...plan.candidates];
  turn.tell('not-resolved', { tried, said: lines.filter(isSaid).slice(-6) });
  state.ending ??= {
    reason: `none of ${tried.join(', ')} could be set on this target`,
    exitCode: EXIT.notResolved,
  };
  state.aim = 'release';
  turn.proceed();
}

/** A list of modules is no reason. */
function isSaid(line: string): boolean {
  return line.trim() !== '' && parseModuleRow(line) === undefined && !/^start +end +module name/.test(line);
}

function onTimer(turn: Turn): void {
  const { event } = turn;
  if (event.type !== 'timer') return;
  if (event.name === 'halt-limit') overHaltLimit(turn);
  if (event.name === 'cancelled') interruptKd(turn);
}

function armed(turn: Turn): void {
  const { state, plan } = turn;
  turn.running();
  turn.tell('armed', { symbol: state.ours.symbol, halted_ms: state.target.haltedMs });
  state.ours.armedAt = turn.event.at;
  state.hits.beforeArming = state.hits.total;
  delete state.hits.quietSetAt;
  turn.enter('collecting', { symbol: state.ours.symbol });
  if (plan.forMs !== undefined && !state.ours.armedBefore) turn.timer('for', plan.forMs);
  state.ours.armedBefore = true;
  if (state.ending) release(turn);
}
