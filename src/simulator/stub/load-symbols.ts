import type { LoadedImage } from '../machine/machine.js';
import { Death, type Kernel, Restart } from './kernel.js';
import { newsOf, type SymbolsNews, symbolsReport } from './state-change.js';
import { enter, leave, standing, stopWithBugCheck } from './stops.js';
import { serveRequests } from './threads/serve-requests.js';
import type { Task } from './threads/task.js';

/** KD_REBOOT: the base of the unload that announces the end. */
const REBOOT_BASE = 0xffff_ffff_ffff_ffffn;

/** Tells the debugger of an image that has come. */
export function* announceImage(kernel: Kernel, image: LoadedImage): Task<void> {
  yield* announce(kernel, newsOf(image));
}

/** Tells the debugger that the target is about to go down. */
export function* announceReboot(kernel: Kernel): Task<void> {
  yield* announce(kernel, { path: '', base: REBOOT_BASE, checkSum: 0, size: 0, unload: true });
}

function* announce(kernel: Kernel, news: SymbolsNews): Task<void> {
  const processor = kernel.machine.processors[0];
  if (!kernel.link.debuggerPresent || !processor) return;
  enter(kernel, processor, 'load-symbols', false);
  const report = symbolsReport(standing(kernel), news);
  let ending = yield* serveRequests(kernel, report, kernel.personality.printSends);
  while (ending.kind === 'switch') ending = yield* serveRequests(kernel, report, kernel.personality.printSends);
  leave(kernel, ending);
  if (ending.kind === 'reboot') throw new Restart();
  if (ending.kind === 'death') throw new Death();
  if (ending.kind === 'bug-check') yield* stopWithBugCheck(kernel, ending.code, []);
}
