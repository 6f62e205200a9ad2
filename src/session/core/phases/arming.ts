import { EXIT } from '../../../fault.js';
import { parseBreakpointRow } from '../../../kd-text/listings/breakpoints.js';
import { isExportsOnly, type ModulePlace, parseModuleRow } from '../../../kd-text/listings/modules.js';
import { saysNoStop } from '../../../kd-text/no-stop.js';
import { again, againArmed, awaitBurst, beginBurst } from '../bursts.js';
import { choose, isSet, isThere, ourRows, placesOf } from '../catching.js';
import { armLines, reloadLines } from '../commands.js';
import { mostOf, type Traps, trapsFor } from '../hit-commands.js';
import { filterOfPerson, hex, stops, tagIn } from '../hit-tag.js';
import type { Plan } from '../plan.js';
import type { Turn } from '../turn.js';
import { rebooted } from './breaking.js';
import { interruptKd, overHaltLimit } from './halt-limit.js';
import { release } from './release.js';
import { resumeEnded } from './resuming.js';

// Everything between the prompt and the confirmed resume. Getting to the prompt is breaking.ts.

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
  if (event.purpose === 'arm') seeFilter(turn, event.lines);
  if (saysNoStop(event.lines)) turn.noStop();
  else if (state.aim === 'release') turn.proceed();
  else if (event.purpose === 'resolve') resolved(turn, event.lines);
  else if (event.purpose === 'reload') reloaded(turn, event.lines);
  else if (event.purpose === 'arm') checked(turn, event.lines);
}

function resolved(turn: Turn, lines: readonly string[]): void {
  const { state, plan } = turn;
  const taken = choose(lines, plan);
  delete state.ours.catching;
  if (plan.joined && isThere(lines, plan, taken)) {
    turn.tell('already-armed');
    // Of this session too, which is armed once more.
    const mine = plan.takesOver === true || (state.ours.armed && !state.ours.theirs);
    state.ours.armed = true;
    state.ours.theirs = !mine;
    Object.assign(state.ours, taken ?? { catching: 'breakpoint' });
    state.ours.tagIn ||= taken?.catching === 'pool-hit-tag' && mine;
    turn.resume();
    return;
  }
  seeTag(turn, tagIn(lines));
  if (taken === undefined) {
    tellExportsOnly(turn, lines);
    unresolved(turn, lines);
    return;
  }
  Object.assign(state.ours, taken);
  state.ours.resolved = lines;
  if (wantsReload(turn, lines)) {
    turn.ask('reload', reloadLines());
    return;
  }
  tellExportsOnly(turn, lines);
  set(turn, lines);
}

/** A tag that was left in the target, or that is a colleague's: what is to be in PoolHitTag at the end. */
function seeTag(turn: Turn, found: number | undefined): void {
  const { state, plan } = turn;
  const { ours } = state;
  if (found === undefined || ours.tagIn) return;
  const colleagues = plan.joined && plan.takesOver !== true;
  if (!stops(found) || colleagues) {
    ours.before = { ...ours.before, tag: found };
    return;
  }
  turn.tell('tag-found', { tag: hex(found) });
  ours.tagIn = true;
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
  set(turn, state.ours.resolved);
}

function modulesIn(lines: readonly string[]): ModulePlace[] {
  return lines.map((line) => parseModuleRow(line)).filter((row) => row !== undefined);
}

/** Names of functions are guesses then: the log holds what `lm` said, and so does the report. */
function tellExportsOnly(turn: Turn, lines: readonly string[]): void {
  const modules = modulesIn(lines).filter(isExportsOnly);
  if (modules.length > 0) turn.tell('exports-only', { modules: modules.map(({ name }) => name) });
}

function set(turn: Turn, lines: readonly string[]): void {
  const { state, plan } = turn;
  const { ours } = state;
  const most = mostOf(plan, state.hits.total);
  const byTag = ours.catching === 'pool-hit-tag';
  // What is there of ours is set anew: its number is free again.
  const old = ourRows(lines, plan, ours.traps);
  const said = lines.filter((line) => !old.includes(parseBreakpointRow(line)?.id ?? -1));
  const { traps, lacks } = byTag ? tagTraps(plan) : trapsFor(plan, ours.symbol ?? '', said, most);
  ours.traps = traps;
  ours.armed = true;
  ours.theirs = false;
  state.target.freed = false;
  turn.tell('symbol', { symbol: ours.symbol, catching: ours.catching, tag: plan.tag.text, ...again(state) });
  if (lacks !== undefined) turn.tell('less-detail', { why: lacks });
  const burst = plan.bursts ? beginBurst(turn, plan.bursts) : [];
  const clear = old.length > 0 ? [`bc ${old.join(' ')}`] : [];
  turn.ask('arm', [...burst, ...clear, ...armLines(plan, ours, most)]);
  ours.tagIn ||= byTag;
}

function tagTraps({ detail, tag }: Plan): Traps {
  const lacks = [
    detail && 'PoolHitTag stops in the middle of the pool’s functions, where sizes and addresses are not to be had',
    /[*?]/.test(tag.text) && 'PoolHitTag takes * and ? for themselves, not for any character',
  ].filter(Boolean);
  return { traps: [], ...(lacks.length > 0 && { lacks: lacks.join('; ') }) };
}

/** What a person wants of break instructions is put back at the end, whatever the session is about by then. */
function seeFilter(turn: Turn, lines: readonly string[]): void {
  const { ours } = turn.state;
  const filter = ours.catching === 'pool-hit-tag' ? filterOfPerson(lines) : undefined;
  if (!filter) return;
  ours.before = { ...ours.before, filter };
  turn.tell('filter-replaced', { ...filter });
}

function checked(turn: Turn, lines: readonly string[]): void {
  const { state, plan } = turn;
  const { ours } = state;
  if (isSet(lines, plan, ours)) {
    // What a lost session has left is gone with that.
    ours.tagIn = ours.catching === 'pool-hit-tag';
    turn.resume();
  } else unresolved(turn, lines);
}

function unresolved(turn: Turn, lines: readonly string[]): void {
  const { state, plan } = turn;
  const tried = placesOf(plan);
  turn.tell('not-resolved', { tried, said: lines.filter(isSaid).slice(-6), tag: plan.tag.text });
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
  turn.tell('armed', { symbol: state.ours.symbol, halted_ms: state.target.haltedMs, ...againArmed(state) });
  state.ours.armedAt = turn.event.at;
  state.hits.beforeArming = state.hits.total;
  delete state.hits.quietSetAt;
  awaitBurst(turn);
  turn.enter('collecting', { symbol: state.ours.symbol, ...againArmed(state) });
  if (plan.forMs !== undefined && !state.ours.armedBefore) turn.timer('for', plan.forMs);
  state.ours.armedBefore = true;
  if (state.ending) release(turn);
}
