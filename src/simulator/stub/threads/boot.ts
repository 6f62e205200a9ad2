import { type Kernel, resetKernel } from '../kernel.js';
import { announceImage } from '../load-symbols.js';
import { pollBreak, print, requestFile } from '../prints.js';
import { breakStop } from '../stops.js';
import { running } from './running.js';
import { pauseTask, type Task } from './task.js';

/** From power-on to a running kernel: the boot loader's text, first prints, and a load-symbols stop per image. */
export function* boot(kernel: Kernel): Task<void> {
  const { options, machine, statistics, clock, personality } = kernel;
  resetKernel(kernel);
  statistics.resumed('booting');
  yield* pauseTask(options.boot.loaderMs);
  yield* pauseTask(kernel.transmitText(options.boot.loaderText));
  yield* pauseTask(options.boot.kernelMs);
  // The kernel sets up the port anew: what came before is gone.
  kernel.port.clear();
  kernel.wakes.restart(clock.now());
  for (let line = 0; line < personality.printsBeforeSymbols; line++)
    if (yield* print(kernel, `(ntoskrnl/kd64) boot message ${line + 1}\n`)) kernel.link.breakPending = true;
  for (let index = 0; ; index++) {
    const image = machine.bootNext();
    if (!image) break;
    kernel.table.settle();
    if (options.boot.fileRequest !== undefined && index > 2 && image.path.endsWith(options.boot.fileRequest)) {
      statistics.halted('file-request');
      yield* requestFile(kernel, `\\SystemRoot\\system32\\DRIVERS\\${options.boot.fileRequest}`);
      statistics.resumed('booting');
    }
    yield* announceImage(kernel, image);
    if (index === 0) continue;
    // The first look for a break-in: as soon as nt and hal are known.
    if (index === 1) {
      if (pollBreak(kernel)) yield* breakStop(kernel, 1, 'break');
      continue;
    }
    for (let line = 0; line < options.boot.printsPerDriver; line++)
      if (yield* print(kernel, `${image.name}: loaded at ${image.base.toString(16)}\n`))
        yield* breakStop(kernel, 1, 'break');
    yield* running(kernel, clock.now() + options.boot.driverMs);
  }
  kernel.phase = 'running';
  statistics.resumed('running');
}
