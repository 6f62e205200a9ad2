import { parseFilterRows, type ShownFilter } from '../../kd-text/listings/filter-rows.js';
import { burstBy, COUNT_FROM_0, countedBy, goesOn, quoted } from './hit-commands.js';
import type { Plan } from './plan.js';
import { commandsAtBreaks } from './pool-breaks/break-commands.js';
import type { PoolBreak } from './pool-breaks/pool-break.js';

// Catching hits by nt!PoolHitTag: what is typed and what kd shows of it. Breakpoints are in hit-commands.ts.

/** The kernel stops whenever it allocates or frees pool of the tag that is in here. */
export const HIT_TAG = 'nt!PoolHitTag';
/** What some kernels have in it before anybody sets it. Source: targets of XP and Server 2003 that nobody had watched. */
const UNSET = 0xffffff0f;
/** `$t18` holds where the kernel's image ends: kd's users have `$t0` to `$t19`, and begin with the first of them. */
const END = '$t18';
/** From the image's header. Source: "PE Format", e_lfanew and SizeOfImage. */
const END_OF_KERNEL = 'nt+dwo(nt+dwo(nt+0x3c)+0x50)';

/**
 * Whether a break instruction is the pool's own. The kernel has it inlined in its pool functions, or calls `DbgBreakPoint`, as drivers
 * may as well: then the caller tells. Break-ins and bug checks stand at most 4 bytes behind `DbgBreakPointWithStatus`, and the other
 * function may follow right behind, even within these: it is told by its own address. With a filter that does not ask, Microsoft's
 * engine runs over a bug check again and again.
 * Source: measured on it, x64 and x86.
 */
const AT_POOL = [
  `(@$ip>=nt)&(@$ip<@${END})`,
  '((@$ip==nt!DbgBreakPoint)|(@$ip<nt!DbgBreakPointWithStatus)|(@$ip>nt!DbgBreakPointWithStatus+4))',
  `((@$ip!=nt!DbgBreakPoint)|((poi(@$csp)>=nt)&(poi(@$csp)<@${END})))`,
].join('&');
const OURS = `.if (${AT_POOL}) {`;

/**
 * What the filter of break instructions does: the commands of a hit, at the pool's own break and nowhere else.
 * @param most hits after which the tag is taken out and the target goes on, whatever has become of the session by then
 * @param breaks the kernel's breaks, where more than stacks is asked for
 */
export function hitFilter(plan: Plan, most?: number, breaks: readonly PoolBreak[] = []): string {
  const all = plan.detail !== undefined && breaks.length > 0 ? commandsAtBreaks(breaks) : plan.commandString;
  const commands = all.replace(/^[;\s]+/, '');
  const by = plan.bursts ? burstBy : countedBy;
  // `j` has its commands in quotes of its own.
  const counts = most !== undefined && goesOn(plan) && (by === burstBy || !commands.includes("'"));
  return `${OURS}${counts ? by(commands, most, `ed ${HIT_TAG} 0`).replace(/^;/, '') : commands}}`;
}

/** What is typed to look at the tag. */
export const READ_TAG = `dd ${HIT_TAG} L1`;

/** What is typed to catch hits by the tag, and what shows what was there before and whether it worked. */
export function armTagLines(plan: Plan, most?: number, breaks?: readonly PoolBreak[]): string[] {
  return [
    'sx',
    ...(most === undefined ? [] : [COUNT_FROM_0]),
    `r ${END}=${END_OF_KERNEL}`,
    `sxe -c ${quoted(hitFilter(plan, most, breaks))} bpe`,
    writeTag(plan.tag.value),
    READ_TAG,
  ];
}

/**
 * What is typed to take the tag out, and what shows that it is gone: a line each, as what follows a name that kd cannot resolve on
 * its line is not carried out.
 * @param filter what break instructions had before; `sxe bpe` alone leaves the command in
 */
export function clearTagLines(value: number, filter: ShownFilter = { mode: 'e' }): string[] {
  return [writeTag(value), READ_TAG, `sx${filter.mode} -c ${quoted(filter.command ?? '')} bpe`];
}

function writeTag(value: number): string {
  return `ed ${HIT_TAG} ${value === 0 ? '0' : hex(value)}`;
}

const TAG_ROW = /^([0-9a-f`]{8,17})\s+([0-9a-f]{8})\s*$/i;

/** What is in PoolHitTag, from what kd has answered; undefined where it has not found it, or cannot read it. */
export function tagIn(lines: readonly string[]): number | undefined {
  const found = lines
    .map((line) => TAG_ROW.exec(line)?.[2])
    .filter(Boolean)
    .at(-1);
  return found === undefined ? undefined : Number.parseInt(found, 16);
}

/** Where PoolHitTag is, as kd writes it: another boot has it elsewhere, and another kernel as a rule too. */
export function tagPlace(lines: readonly string[]): string | undefined {
  return lines
    .map((line) => TAG_ROW.exec(line)?.[1])
    .filter(Boolean)
    .at(-1);
}

/** Whether kd still asks of a target that was reset meanwhile. Source: measured, a reset while Microsoft's engine printed a stack. */
export function saysGone(lines: readonly string[]): boolean {
  return lines.some((line) => /^[0-9a-f`]{8,17}\s+\?{8}\s*$/i.test(line));
}

/** Whether a value makes the kernel stop. */
export function stops(value: number): boolean {
  return value !== 0 && value !== UNSET;
}

/** What somebody wants break instructions to do; undefined where kd shows what it begins with, or a filter of ours. */
export function filterOfPerson(lines: readonly string[]): ShownFilter | undefined {
  const shown = parseFilterRows(lines, 'bpe');
  if (shown?.command?.startsWith(OURS)) return undefined;
  return shown?.command === undefined && shown?.mode === 'e' ? undefined : shown;
}

/** A tag value as kd's `ed` takes it. */
export function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
