import { setTimeout as pause } from 'node:timers/promises';
import { EXIT, Fault } from '../../fault.js';
import { loadKoffi } from './native.js';

/** Values of `dwCtrlEvent`. Source: "GenerateConsoleCtrlEvent function". */
export const CONSOLE_EVENTS = { 'ctrl-c': 0, 'ctrl-break': 1 } as const;
export type ConsoleEventName = keyof typeof CONSOLE_EVENTS;

/** A process that is ended by the event's default handler has this exit code: STATUS_CONTROL_C_EXIT. */
export const ENDED_BY_EVENT = 0xc000013a;

/** Windows delivers an event on a thread of its own; a console that is left at once may miss it. */
const DELIVERY_MS = 50;

/** Which event breaks in. CTRL+BREAK reaches a kd that was told to ignore CTRL+C, too. */
export function breakEvent(env: NodeJS.ProcessEnv = process.env): ConsoleEventName {
  return env.LIVEDEBUG_CONSOLE_EVENT === 'ctrl-c' ? 'ctrl-c' : 'ctrl-break';
}

/**
 * Lets CTRL+C reach the programs that this one starts. A program that was started detached ignores it, and hands that on.
 * Source: "SetConsoleCtrlHandler function", "Process Creation Flags" (CREATE_NEW_PROCESS_GROUP).
 */
export async function hearCtrlC(): Promise<void> {
  const kernel32 = (await loadKoffi()).load('kernel32.dll');
  kernel32.func('int __stdcall SetConsoleCtrlHandler(void *handler, int add)')(null, 0);
}

/**
 * Sends a console event to every process of the console that `pid` has. To be called in a short-lived process of its
 * own: it gives up its own console for that one, and CTRL+BREAK ends the caller as well (ENDED_BY_EVENT).
 * @throws Fault `console-event`, `no-koffi`
 */
export async function sendConsoleEvent(pid: number, event: ConsoleEventName): Promise<void> {
  const kernel32 = (await loadKoffi()).load('kernel32.dll');
  const lastError = kernel32.func('uint32 __stdcall GetLastError()');
  const call = (prototype: string, ...args: unknown[]): void => {
    const made = kernel32.func(prototype);
    if (made(...args)) return;
    throw failed(prototype, lastError() as number, pid);
  };
  kernel32.func('int __stdcall FreeConsole()')();
  call('int __stdcall AttachConsole(uint32 pid)', pid);
  // NULL: this process ignores CTRL+C from here on. AttachConsole has just reset what was set before.
  call('int __stdcall SetConsoleCtrlHandler(void *handler, int add)', null, 1);
  // Group 0: all processes of this console. kd's own process id would do only if it led a process group.
  call('int __stdcall GenerateConsoleCtrlEvent(uint32 event, uint32 group)', CONSOLE_EVENTS[event], 0);
  await pause(DELIVERY_MS);
}

function failed(prototype: string, code: number, pid: number): Fault {
  const name = /__stdcall (\w+)/.exec(prototype)?.[1] ?? prototype;
  return new Fault(
    'console-event',
    EXIT.noBreakIn,
    `${name} for the console of process ${pid} failed with Win32 error ${code}.`,
    'Break in by another way: a client started with -bonc, or the key in a window of kd.',
  );
}
