import { EXIT } from '../../../fault.js';
import { parseBreakpointRow } from '../../../kd-text/listings/breakpoints.js';
import { isExportsOnly, type ModulePlace, parseModuleRow } from '../../../kd-text/listings/modules.js';
import { saysNoStop } from '../../../kd-text/no-stop.js';
import { again, againArmed, awaitBurst, beginBurst } from '../bursts.js';
import { choose, isSet, isThere, ourRows, placesOf } from '../catching.js';
import { armLines, reloadLines } from '../commands.js';
import { proceed, resumeTarget, seeNoStop, seeRunning } from '../halt.js';
import { mostOf, type Traps, trapsFor } from '../hit-commands.js';
import { filterOfPerson, hex, stops, tagIn } from '../hit-tag.js';
import type { KnownBreaks } from '../ours.js';
import type { Plan } from '../plan.js';
import type { Transition } from '../transition.js';
import { rebooted } from './breaking.js';
import { interruptKd, overHaltLimit } from './halt-limit.js';
import { listed, listsCode } from './listing.js';
import { startRelease } from './release.js';
import { resumeEnded } from './resuming.js';

// Everything between the prompt and the confirmed resume. Getting to the prompt is breaking.ts.

/** `arming`: at a prompt, from the first question to the resume that is confirmed. The target stands still: nothing waits. */
export function arming(transition: Transition): void {
  const { event, state } = transition;
  if (rebooted(transition)) return;
  if (state.target.resuming) {
    resumeEnded(transition, () => armed(transition));
    return;
  }
  if (event.type === 'timer') onTimer(transition);
  if (event.type !== 'answer') return;
  if (event.purpose === 'arm') seeFilter(transition, event.lines);
  if (saysNoStop(event.lines)) seeNoStop(transition);
  else if (state.aim === 'release') proceed(transition);
  else if (event.purpose === 'resolve') resolved(transition, event.lines);
  else if (event.purpose === 'reload') reloaded(transition, event.lines);
  else if (event.purpose === 'unassemble') unassembled(transition, event.lines);
  else if (event.purpose === 'arm') checked(transition, event.lines);
}

function resolved(transition: Transition, lines: readonly string[]): void {
  const { state, plan } = transition;
  const taken = choose(lines, plan);
  delete state.ours.catching;
  if (plan.joined && isThere(lines, plan, taken)) {
    transition.tell('already-armed');
    // Of this session too, which is armed once more.
    const mine = plan.takesOver === true || (state.ours.armed && !state.ours.theirs);
    state.ours.armed = true;
    state.ours.theirs = !mine;
    Object.assign(state.ours, taken ?? { catching: 'breakpoint' });
    state.ours.tagIn ||= taken?.catching === 'pool-hit-tag' && mine;
    resumeTarget(transition);
    return;
  }
  seeTag(transition, tagIn(lines));
  if (taken === undefined) {
    tellExportsOnly(transition, lines);
    unresolved(transition, lines);
    return;
  }
  Object.assign(state.ours, taken);
  state.ours.resolved = lines;
  if (wantsReload(transition, lines)) {
    transition.ask('reload', reloadLines());
    return;
  }
  tellExportsOnly(transition, lines);
  listOrSet(transition);
}

/** A tag that was left in the target, or that is a colleague's: what is to be in PoolHitTag at the end. */
function seeTag(transition: Transition, found: number | undefined): void {
  const { state, plan } = transition;
  const { ours } = state;
  if (found === undefined || ours.tagIn) return;
  const colleagues = plan.joined && plan.takesOver !== true;
  if (!stops(found) || colleagues) {
    ours.before = { ...ours.before, tag: found };
    return;
  }
  transition.tell('tag-found', { tag: hex(found) });
  ours.tagIn = true;
}

/** Whether kd knows the kernel alone, so that stacks would end at the first driver, and there is time to read the module list. */
function wantsReload(transition: Transition, lines: readonly string[]): boolean {
  const { event, state, plan } = transition;
  if (!plan.modules || state.target.reloaded || modulesIn(lines).length > 1) return false;
  state.target.reloaded = true;
  const { bytes, ms, reload } = plan.modules;
  const left = plan.haltLimitMs - (event.at - (state.target.haltedSince ?? event.at));
  if (reload && ms < left) {
    transition.tell('reload', { bytes, ms, left_ms: left });
    return true;
  }
  transition.tell('reload-left-out', { bytes, ms, left_ms: left, asked: !reload });
  return false;
}

function reloaded(transition: Transition, lines: readonly string[]): void {
  const modules = modulesIn(lines);
  transition.tell('reloaded', { modules: modules.length });
  tellExportsOnly(transition, lines);
  listOrSet(transition);
}

function listOrSet(transition: Transition): void {
  if (!listsCode(transition)) set(transition, transition.state.ours.resolved);
}

function unassembled(transition: Transition, lines: readonly string[]): void {
  if (!listed(transition, lines)) set(transition, transition.state.ours.resolved);
}

function modulesIn(lines: readonly string[]): ModulePlace[] {
  return lines.map((line) => parseModuleRow(line)).filter((row) => row !== undefined);
}

/** Names of functions are guesses then: the log holds what `lm` said, and so does the report. */
function tellExportsOnly(transition: Transition, lines: readonly string[]): void {
  const modules = modulesIn(lines).filter(isExportsOnly);
  if (modules.length > 0) transition.tell('exports-only', { modules: modules.map(({ name }) => name) });
}

function set(transition: Transition, lines: readonly string[]): void {
  const { state, plan } = transition;
  const { ours } = state;
  const most = mostOf(plan, state.hits.total);
  const byTag = ours.catching === 'pool-hit-tag';
  // What is there of ours is set anew: its number is free again.
  const old = ourRows(lines, plan, ours.traps);
  const said = lines.filter((line) => !old.includes(parseBreakpointRow(line)?.id ?? -1));
  const { traps, lacks } = byTag ? tagTraps(plan, ours.breaks) : trapsFor(plan, ours.symbol ?? '', said, most);
  ours.traps = traps;
  ours.armed = true;
  ours.theirs = false;
  state.target.freed = false;
  transition.tell('symbol', { symbol: ours.symbol, catching: ours.catching, tag: plan.tag.text, ...again(state) });
  if (lacks !== undefined) transition.tell('less-detail', { why: lacks, ...again(state) });
  const burst = plan.bursts ? beginBurst(transition, plan.bursts) : [];
  const clear = old.length > 0 ? [`bc ${old.join(' ')}`] : [];
  transition.ask('arm', [...burst, ...clear, ...armLines(plan, ours, most)]);
  ours.tagIn ||= byTag;
}

function tagTraps({ tag }: Plan, breaks: KnownBreaks | undefined): Traps {
  const lacks = [
    ...(breaks?.lacks ?? []),
    /[*?]/.test(tag.text) && 'PoolHitTag takes * and ? for themselves, not for any character',
  ].filter(Boolean);
  return { traps: [], ...(lacks.length > 0 && { lacks: lacks.join('; ') }) };
}

/** What a person wants of break instructions is put back at the end, whatever the session is about by then. */
function seeFilter(transition: Transition, lines: readonly string[]): void {
  const { ours } = transition.state;
  const filter = ours.catching === 'pool-hit-tag' ? filterOfPerson(lines) : undefined;
  if (!filter) return;
  ours.before = { ...ours.before, filter };
  transition.tell('filter-replaced', { ...filter });
}

function checked(transition: Transition, lines: readonly string[]): void {
  const { state, plan } = transition;
  const { ours } = state;
  if (isSet(lines, plan, ours)) {
    // What a lost session has left is gone with that.
    ours.tagIn = ours.catching === 'pool-hit-tag';
    resumeTarget(transition);
  } else unresolved(transition, lines);
}

function unresolved(transition: Transition, lines: readonly string[]): void {
  const { state, plan } = transition;
  const tried = placesOf(plan);
  transition.tell('not-resolved', { tried, said: lines.filter(isSaid).slice(-6), tag: plan.tag.text });
  state.ending ??= {
    reason: `none of ${tried.join(', ')} could be set on this target`,
    exitCode: EXIT.notResolved,
  };
  state.aim = 'release';
  proceed(transition);
}

/** A list of modules is no reason. */
function isSaid(line: string): boolean {
  return line.trim() !== '' && parseModuleRow(line) === undefined && !/^start +end +module name/.test(line);
}

function onTimer(transition: Transition): void {
  const { event } = transition;
  if (event.type !== 'timer') return;
  if (event.name === 'halt-limit') overHaltLimit(transition);
  if (event.name === 'cancelled') interruptKd(transition);
}

function armed(transition: Transition): void {
  const { state, plan } = transition;
  seeRunning(transition);
  transition.tell('armed', { symbol: state.ours.symbol, halted_ms: state.target.haltedMs, ...againArmed(state) });
  state.ours.armedAt = transition.event.at;
  state.hits.beforeArming = state.hits.total;
  delete state.hits.quietSetAt;
  awaitBurst(transition);
  transition.enter('collecting', { symbol: state.ours.symbol, ...againArmed(state) });
  if (plan.forMs !== undefined && !state.ours.armedBefore) transition.timer('for', plan.forMs);
  state.ours.armedBefore = true;
  if (state.ending) startRelease(transition);
}
