import type { Kernel } from './kernel.js';
import { say } from './prints.js';
import { breakStop } from './stops.js';
import type { Doing } from './waits.js';

const [FIRST, SECOND] = [3, 4];

/** How the books name a bug check: its code and its four parameters. */
export function bugCheckText(kernel: Kernel, code: number, parameters: readonly bigint[]): string {
  return `0x${code.toString(16)} (${shown(kernel, parameters)})`;
}

/** The kernel is done for: it says why, and stops for ever, whatever a debugger does. */
export function* bugCheck(kernel: Kernel, code: number, parameters: readonly bigint[]): Doing<void> {
  kernel.crashed = true;
  kernel.ledger.bugCheck(bugCheckText(kernel, code, parameters));
  yield* say(kernel, `\n*** Fatal System Error: 0x${code.toString(16).padStart(8, '0')}\n`);
  yield* say(kernel, `                       (${shown(kernel, parameters)})\n\n`);
  for (let status = FIRST; ; status = SECOND) yield* breakStop(kernel, status, 'bug-check');
}

function shown({ wide }: Kernel, parameters: readonly bigint[]): string {
  const all = [...parameters, 0n, 0n, 0n, 0n].slice(0, 4);
  return all
    .map(
      (value) =>
        `0x${value
          .toString(16)
          .toUpperCase()
          .padStart(wide ? 16 : 8, '0')}`,
    )
    .join(',');
}
