import type { Processor } from '../../machine/machine.js';
import { Death, type Kernel, Restart, resetKernel } from '../kernel.js';
import { DR7_ONES } from '../special-registers.js';
import { breakStop } from '../stops.js';
import { boot } from './boot.js';
import { running } from './running.js';
import type { Task } from './task.js';

/** How a life begins. */
export type BootState = 'boot' | 'reboot' | 'running' | 'halted';

/** Boots, runs, and boots again when it was restarted, until the target dies. */
export function* runBoots(kernel: Kernel, beginning: BootState): Task<void> {
  let begin = beginning;
  for (;;) {
    try {
      // The books compare with the machine of this boot, as long as it is there.
      if (begin === 'boot' || begin === 'reboot') kernel.statistics.booted();
      if (begin === 'reboot') kernel.machine.reboot();
      if (begin === 'boot' || begin === 'reboot') yield* boot(kernel);
      else if (begin === 'running') isUp(kernel);
      else {
        isUp(kernel);
        kernel.link.debuggerPresent = true;
        yield* breakStop(kernel, 1, 'orphan', { told: true });
      }
      yield* running(kernel);
    } catch (error) {
      if (error instanceof Death) return;
      if (!(error instanceof Restart)) throw error;
      begin = 'reboot';
    }
  }
}

/** The boot is over, long ago: what a debugger of then left is there. */
function isUp(kernel: Kernel): void {
  const { machine, options, link, statistics } = kernel;
  resetKernel(kernel);
  statistics.booted();
  while (machine.bootNext());
  // Nobody answered the boot.
  link.debuggerPresent = options.ids !== undefined;
  if (options.ids) {
    link.currentId = options.ids.target;
    link.remoteId = options.ids.host;
  }
  leaveOrphans(kernel);
  kernel.wakes.restart(kernel.clock.now());
  kernel.phase = 'running';
  statistics.resumed('running');
}

function leaveOrphans(kernel: Kernel): void {
  const { machine, options, table, injected } = kernel;
  const { table: inTable = [], raw = [], hardware = [] } = options.orphans;
  for (const place of inTable) table.add(addressOf(kernel, place));
  for (const place of raw) {
    const address = addressOf(kernel, place);
    injected.writing(address, Uint8Array.of(0xcc));
    machine.memory.write(address, Uint8Array.of(0xcc));
  }
  for (const [index, place] of hardware.slice(0, 4).entries()) {
    for (const { debug } of machine.processors as readonly Processor[]) {
      debug[(['dr0', 'dr1', 'dr2', 'dr3'] as const)[index] ?? 'dr0'] = addressOf(kernel, place);
      debug.dr7 |= DR7_ONES | (1n << BigInt(2 * index));
    }
  }
}

function addressOf({ machine }: Kernel, place: string | bigint): bigint {
  const address = typeof place === 'bigint' ? place : machine.address(place);
  if (address === undefined) throw new RangeError(`the machine has no ${String(place)}`);
  return address;
}
