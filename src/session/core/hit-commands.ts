import { parseKernelVersion } from '../../kd-text/listings/banner.js';
import { parseBreakpointRow } from '../../kd-text/listings/breakpoints.js';
import { parseSymbolRow } from '../../kd-text/listings/symbols.js';
import { printFreed, printRequest } from '../../kd-text/pool/pool-lines.js';
import { argumentsOfFunction } from '../../stacks/attribute/allocator-frames.js';
import type { Plan } from './plan.js';

// The breakpoints that are set, with their command strings. What PoolHitTag needs is in hit-tag.ts.

/** One breakpoint as it is to be set: where, and what kd does at it. */
export interface HitBreakpoint {
  readonly symbol: string;
  /** The command string, without the quotes around it and as kd keeps it: its own quotes are not escaped. */
  readonly commands: string;
}

/** The calling conventions that hits are understood in. */
export type Convention = 'x64' | 'x86';

/** Where what was allocated is freed. Both take pool of the watched tag only, so neither stops for anything else. */
const FREES: ReadonlyMap<string, string> = new Map([
  ['nt!mmallocatespecialpool', 'nt!MmFreeSpecialPool'],
  ['nt!exallocateheapspecialpool', 'nt!ExpFreeHeapSpecialPool'],
]);

export function freeOf(symbol: string): string | undefined {
  return FREES.get(symbol.toLowerCase());
}

/** Every place where frees may have to be watched. */
export const FREE_CANDIDATES = [...FREES.values()];

/** What is set for a plan, and why it is less than was asked for. */
export interface Traps {
  readonly traps: readonly HitBreakpoint[];
  readonly lacks?: string;
}

/**
 * The breakpoints that a plan needs at a place. What a target does not allow is left out: a stack is better than nothing.
 * @param said what kd answered to `bl`, `vertarget` and `x`
 * @param most hits after which the breakpoints disable themselves, with the target running; absent: never
 */
export function trapsFor(plan: Plan, symbol: string, said: readonly string[], most?: number): Traps {
  const traps = unlimitedTraps(plan, symbol, said);
  const [first] = traps.traps;
  if (most === undefined || !first || !goesOn(plan)) return traps;
  const ends = `bd ${freeIds(said, traps.traps.length).join(' ')}`;
  const commands = plan.bursts ? burstBy(first.commands, most, ends) : countedBy(first.commands, most, ends);
  return { ...traps, traps: [{ ...first, commands }, ...traps.traps.slice(1)] };
}

/** Hits after which the breakpoints, or the tag, take themselves out; undefined: never. @param hits there were before */
export function mostOf({ maxHits, bursts }: Pick<Plan, 'maxHits' | 'bursts'>, hits: number): number | undefined {
  const left = maxHits === undefined ? undefined : Math.max(1, maxHits - hits);
  return bursts ? Math.min(bursts.hits, left ?? bursts.hits) : left;
}

/** The pseudo-register that counts hits; set to 0 whenever the target is armed. */
const COUNTER = '$t19';
/** Sets the counter to 0. */
export const COUNT_FROM_0 = `r ${COUNTER}=0`;
/** The pseudo-register that says how many hits of a burst are let go before the first stack. */
const PASSED = '$t17';
/** Has a burst let so many hits go first. */
export function letGo(hits: number): string {
  return `r ${PASSED}=0n${hits}`;
}
const LAST_GO = /;\s*g[hc]?\s*;?\s*$/;

/**
 * Commands of a hit that go on: after so many hits they end the hits and go on once more. So the target is left running whatever has
 * become of the session by then, and a break-in is heard. Source: measured on Microsoft's engine.
 */
export function countedBy(commands: string, most: number, ends: string): string {
  return commands.replace(LAST_GO, `;r ${COUNTER}=@${COUNTER}+1;j (@${COUNTER}<0n${most}) 'g';'${ends};g'`);
}

/**
 * Commands of a hit that are carried out at some hits only: the first ones of a burst go on at once.
 * @param commands as `countedBy` counts them; their own conditions are nested here
 * @param burst stacks of a burst
 */
export function burstBy(commands: string, burst: number, ends: string): string {
  const shows = commands.replace(LAST_GO, '').replace(/^;+/, '');
  const goes = `.if (@${COUNTER}<@${PASSED}+0n${burst}) {g} .else {${ends};g}`;
  return `;r ${COUNTER}=@${COUNTER}+1;.if (@${COUNTER}<=@${PASSED}) {g} .else {${shows};${goes}}`;
}

/** The numbers that kd gives to the next breakpoints: the lowest that its table does not have. */
function freeIds(said: readonly string[], count: number): number[] {
  const taken = new Set(said.map((line) => parseBreakpointRow(line)?.id));
  const ids: number[] = [];
  for (let id = 0; ids.length < count; id++) if (!taken.has(id)) ids.push(id);
  return ids;
}

function unlimitedTraps(plan: Plan, symbol: string, said: readonly string[]): Traps {
  const plain = { traps: [{ symbol, commands: plan.commandString }] };
  if (plan.detail === undefined) return plain;
  const convention = conventionOf(said);
  if (!convention) return { ...plain, lacks: 'sizes are shown on x86 and x64 only' };
  const request = requestAt(symbol, convention);
  if (request === undefined) return { ...plain, lacks: `the arguments of ${symbol} are not known, so no sizes` };
  const sized = [{ symbol, commands: `;${request};kb;g` }];
  if (plan.detail === 'sizes') return { traps: sized };
  const free = freeOf(symbol);
  if (free === undefined) return { traps: sized, lacks: `it is not known where memory of ${symbol} is freed` };
  if (!said.some((line) => parseSymbolRow(line)?.symbol === free))
    return { traps: sized, lacks: `kd finds no ${free}, so frees are not seen` };
  return { traps: trackedAt(symbol, free, request, convention) };
}

// At the entry the return address is on top of the stack. A one-shot breakpoint there costs one stop, whatever passes by first;
// the stack pointer says whose return it was. Source: "bp, bu, bm", /1.
function trackedAt(symbol: string, free: string, request: string, convention: Convention): HitBreakpoint[] {
  const [sp, result] = convention === 'x64' ? ['rsp', 'rax'] : ['esp', 'eax'];
  const address = argumentAt(argumentsOf(free)?.address ?? 0, convention);
  return [
    { symbol, commands: `;${request};r ${sp};bp /1 poi(@${sp}) "r ${sp},${result};g";kb;g` },
    { symbol: free, commands: `;${printFreed(address)};g` },
  ];
}

function requestAt(symbol: string, convention: Convention): string | undefined {
  const places = argumentsOf(symbol);
  if (places?.size === undefined || (places.wideOnly && convention === 'x86')) return undefined;
  const at = (argument: number | undefined): string | undefined =>
    argument === undefined ? undefined : argumentAt(argument, convention);
  return printRequest({ size: argumentAt(places.size, convention), tag: at(places.tag), type: at(places.type) });
}

function argumentsOf(symbol: string) {
  const name = /^nt!(\w+)$/i.exec(symbol)?.[1];
  return name === undefined ? undefined : argumentsOfFunction(name);
}

/** An argument at a function's first instruction. Source: "x64 calling convention"; stdcall. */
function argumentAt(argument: number, convention: Convention): string {
  if (convention === 'x64') return ['@rcx', '@rdx', '@r8', '@r9'][argument] as string;
  return `poi(@esp+0x${(4 * (argument + 1)).toString(16)})`;
}

/** From the line of `vertarget`: `Windows 7 Kernel Version 7601 MP (2 procs) Free x64`. */
export function conventionOf(said: readonly string[]): Convention | undefined {
  const line = said.find((text) => parseKernelVersion(text) !== undefined);
  return /(?:Free|Checked) x64\b/.test(line ?? '')
    ? 'x64'
    : /(?:Free|Checked) x86\b/.test(line ?? '')
      ? 'x86'
      : undefined;
}

/** Whether the target goes on by itself after a hit: the command string says so at its end. */
export function goesOn(plan: Pick<Plan, 'detail' | 'commandString'>): boolean {
  return plan.detail !== undefined || /(?:^|[;'])\s*g[hnc]?\s*'?\s*;?\s*$/.test(plan.commandString);
}

/** A command string as it stands within the quotes of `bp`. */
export function quoted(commands: string): string {
  return `"${commands.replace(/["\\]/g, '\\$&')}"`;
}

/** Whether kd's table shows this command string: some kds show it as it was typed, some without the backslashes. */
export function isSame(shown: string | undefined, commands: string): boolean {
  const bare = (text: string): string => text.replace(/[\\\s]/g, '');
  return shown !== undefined && bare(shown) === bare(commands);
}
