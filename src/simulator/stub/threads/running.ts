import type { MachineTrap } from '../../machine/machine.js';
import { assertion } from '../assertion.js';
import { type Kernel, type KernelEvent, Restart } from '../kernel.js';
import { announceReboot } from '../load-symbols.js';
import { pollBreak, print } from '../prints.js';
import { kernelService } from '../services.js';
import { breakStop, stopWithBugCheck, trapStop } from '../stops.js';
import { pauseTask, type Task } from './task.js';

/** Slices that a break-in waits for the processors to come to rest. */
const PATIENCE = 20;
/** Traps after which time passes at least. */
const BREATH = 64;
const CTRL_C = 1;

/** The kernel runs, and stops when there is a reason. @param until time at which it is left alone; undefined = for ever */
export function* running(kernel: Kernel, until = Number.POSITIVE_INFINITY): Task<void> {
  const { machine, clock } = kernel;
  let wanted = false;
  let busy = 0;
  let met = 0;
  for (;;) {
    const event = kernel.agenda.shift();
    if (event) {
      if (yield* happen(kernel, event)) wanted = true;
    }
    const overdue = clock.now() >= kernel.nextTick || wanted;
    if (!overdue) kernel.wakes.wakeDue(clock.now());
    const trap = machine.run(kernel.options.slice);
    if ('processor' in trap) {
      yield* meet(kernel, trap);
      // Code that traps without end, and a debugger that answers at once, must not hold up the clock.
      if (++met % BREATH === 0) yield* pauseTask(1);
      continue;
    }
    busy = trap.kind === 'limit' ? busy + 1 : 0;
    const now = clock.now();
    if (now >= kernel.nextTick) {
      kernel.nextTick = Math.max(kernel.nextTick + kernel.personality.tickMs, now + kernel.personality.tickMs / 2);
      kernel.statistics.tick();
      if (pollBreak(kernel)) wanted = true;
    }
    if (wanted && (busy === 0 || busy > PATIENCE)) {
      wanted = false;
      yield* breakStop(kernel, CTRL_C, 'break', { user: isUserBreak(kernel) });
      continue;
    }
    kernel.userPrint = false;
    if (now >= until) return;
    if (kernel.agenda.length > 0) continue;
    if (trap.kind === 'idle' && kernel.wakes.wakeDue(now)) continue;
    yield* pauseTask(trap.kind === 'limit' ? 1 : Math.max(0.1, Math.min(kernel.nextTick, until) - now));
  }
}

function* meet(kernel: Kernel, trap: Extract<MachineTrap, { processor: number }>): Task<void> {
  if (trap.kind !== 'service') yield* trapStop(kernel, trap);
  else if (yield* kernelService(kernel, trap)) yield* breakStop(kernel, CTRL_C, 'break');
}

/** Something that a script wants. True when the debugger broke in after a print. */
function* happen(kernel: Kernel, event: KernelEvent): Task<boolean> {
  if (event.event === 'print') {
    kernel.userPrint = event.user;
    return yield* print(kernel, event.text);
  }
  if (event.event === 'prompt') yield* assertion(kernel, event);
  else if (event.event === 'bug-check') yield* stopWithBugCheck(kernel, event.code, event.parameters);
  else if (event.event === 'reboot') {
    yield* announceReboot(kernel);
    throw new Restart();
  } else {
    if (kernel.machine.wake(event.thread)) event.times--;
    if (event.times > 0) kernel.agenda.push(event);
  }
  return false;
}

function isUserBreak(kernel: Kernel): boolean {
  return kernel.userPrint || (kernel.options.userBreaks > 0 && kernel.random() < kernel.options.userBreaks);
}
