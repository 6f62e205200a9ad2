import type { Kernel } from './kernel.js';
import { say } from './prints.js';
import { breakStop } from './stops.js';
import type { Doing } from './waits.js';

const [FIRST, SECOND] = [3, 4];

/** The kernel is done for: it says why, and stops for ever, whatever a debugger does. */
export function* bugCheck(kernel: Kernel, code: number, parameters: readonly bigint[]): Doing<void> {
  kernel.crashed = true;
  const all = [...parameters, 0n, 0n, 0n, 0n].slice(0, 4);
  const width = kernel.wide ? 16 : 8;
  const shown = all.map((value) => `0x${value.toString(16).toUpperCase().padStart(width, '0')}`).join(',');
  kernel.ledger.bugCheck(`0x${code.toString(16)} (${shown})`);
  const number = code.toString(16).padStart(8, '0');
  yield* say(kernel, `\n*** Fatal System Error: 0x${number}\n`);
  yield* say(kernel, `                       (${shown})\n\n`);
  for (let status = FIRST; ; status = SECOND) yield* breakStop(kernel, status, 'bug-check');
}
