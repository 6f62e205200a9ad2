import { printFreed, printRequest } from '../../../kd-text/pool/pool-lines.js';
import type { Block, PoolBreak } from './pool-break.js';

/**
 * What kd does at a hit of PoolHitTag where its breaks are known: what is asked for and where its address will come back before the
 * stack, what is freed behind it. Breaks that are not known show their stack alone.
 */
export function commandsAtBreaks(breaks: readonly PoolBreak[]): string {
  const before = chosen(breaks.map((each) => [each.here, joined([sizeOf(each), ...each.blocks.map(returned)])]));
  const behind = chosen(breaks.map((each) => [each.here, joined(each.blocks.map(freed))]));
  return `;${joined([before, 'kb', behind, 'g'])}`;
}

/** A line that kd is given is not longer than this, with the quotes and conditions around these commands. Not measured: on the safe side of 4,096. */
const LONGEST = 3000;

/** Breaks for which the commands are not too long for kd: without addresses, or without sizes too, where there are too many. */
export function fitting(breaks: readonly PoolBreak[]): {
  readonly breaks: readonly PoolBreak[];
  readonly lacks: readonly string[];
} {
  const fits = (some: readonly PoolBreak[]): boolean => commandsAtBreaks(some).length <= LONGEST;
  if (fits(breaks)) return { breaks, lacks: [] };
  const sizes = breaks.map((each) => ({ ...each, blocks: [] }));
  if (fits(sizes)) return { breaks: sizes, lacks: ['addresses would make a command that is too long for kd'] };
  return { breaks: [], lacks: ['sizes would make a command that is too long for kd'] };
}

function chosen(cases: readonly (readonly [condition: string, commands: string])[]): string {
  return cases
    .filter(([, commands]) => commands !== '')
    .map(([condition, commands], nth) => `${nth === 0 ? '.if' : ' .elsif'} (${condition}) {${commands}}`)
    .join('');
}

function sizeOf({ bytes, tag }: PoolBreak): string {
  return bytes === undefined ? '' : printRequest({ size: bytes, tag });
}

// As at a breakpoint for frees: a one-shot breakpoint where the function returns, and where the stack ended tells whose return it was.
// The line is a register's, and ends by one that costs nothing to read.
function returned({ when, entry }: Block): string {
  if (entry === undefined) return '';
  const [sp, result, ip] = entry.includes('@rsp') ? ['rsp', 'rax', 'rip'] : ['esp', 'eax', 'eip'];
  const commands = `.printf "${sp}=%p ",${entry};r ${ip};bp /1 poi(${entry}) "r ${sp},${result};g"`;
  return when === undefined ? commands : `.if (${when}) {${commands}}`;
}

function freed({ when, address }: Block): string {
  if (address === undefined) return '';
  return when === undefined ? printFreed(address) : `.if (${when}) {${printFreed(address)}}`;
}

function joined(commands: readonly string[]): string {
  return commands.filter(Boolean).join(';');
}
