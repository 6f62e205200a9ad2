import { loadKoffi } from '../../src/platform/windows/native.js';

/** PROCESS_CREATE_THREAD, _QUERY_INFORMATION, _VM_OPERATION, _VM_WRITE, _VM_READ. Source: "CreateRemoteThread function". */
const MAY_START_A_THREAD = 0x0002 | 0x0400 | 0x0008 | 0x0020 | 0x0010;
/** Source: "HandlerRoutine callback function". */
const CTRL_CLOSE_EVENT = 2;

/** What Windows gives a program whose window is closed, before it ends it. Source: "SetConsoleCtrlHandler function", time-outs. */
export const CLOSE_MS = 5000;

/**
 * Tells a program that its console is being closed, as Windows does: by a thread of its own that runs `CtrlRoutine`, which
 * calls the program's handlers. `GenerateConsoleCtrlEvent` has no such event. The caller ends the program `CLOSE_MS` later.
 */
export async function closeConsole(pid: number): Promise<void> {
  const koffi = await loadKoffi();
  const kernel32 = koffi.load('kernel32.dll');
  const open = kernel32.func('void * __stdcall OpenProcess(uint32 access, bool inherit, uint32 pid)');
  const moduleOf = kernel32.func('void * __stdcall GetModuleHandleW(str16 name)');
  const find = kernel32.func('void * __stdcall GetProcAddress(void *module, str name)');
  const start = kernel32.func(
    'void * __stdcall CreateRemoteThread(void *process, void *attributes, size_t stack, void *routine, intptr_t argument, uint32 flags, void *id)',
  );
  const close = kernel32.func('bool __stdcall CloseHandle(void *handle)');
  const process_: unknown = open(MAY_START_A_THREAD, false, pid);
  // System libraries stand at the same address in every process until Windows is started again.
  const routine: unknown = find(moduleOf('kernelbase.dll'), 'CtrlRoutine');
  const thread: unknown = process_ && routine && start(process_, null, 0, routine, CTRL_CLOSE_EVENT, 0, null);
  if (!thread) throw new Error(`process ${pid} cannot be told: process ${process_}, routine ${routine}`);
  close(thread);
  close(process_);
}
