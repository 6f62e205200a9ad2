import type { ProcessUse } from '../process-use.js';
import { loadKoffi } from './native.js';

/** PROCESS_QUERY_LIMITED_INFORMATION. Source: "Process Security and Access Rights". */
const QUERY = 0x1000;
// Sizes and offsets of 64-bit Windows. Source: "PROCESS_MEMORY_COUNTERS_EX structure", "PERFORMANCE_INFORMATION structure".
const COUNTERS = { size: 80, privateUsage: 72 };
const PERFORMANCE = { size: 104, kernelNonpaged: 72, pageSize: 80 };

/** Memory and handles of a process, and the nonpaged pool of the system; undefined where it may not be looked at. @throws Fault `no-koffi` */
export async function windowsUse(pid: number): Promise<ProcessUse | undefined> {
  const kernel32 = (await loadKoffi()).load('kernel32.dll');
  const handle: unknown = kernel32.func('void * __stdcall OpenProcess(uint32 access, bool inherit, uint32 pid)')(
    QUERY,
    false,
    pid,
  );
  if (!handle) return undefined;
  const counters = Buffer.alloc(COUNTERS.size);
  const performance = Buffer.alloc(PERFORMANCE.size);
  const handles = Buffer.alloc(4);
  kernel32.func('bool __stdcall K32GetProcessMemoryInfo(void *process, void *counters, uint32 size)')(
    handle,
    counters,
    COUNTERS.size,
  );
  kernel32.func('bool __stdcall GetProcessHandleCount(void *process, void *count)')(handle, handles);
  kernel32.func('bool __stdcall K32GetPerformanceInfo(void *performance, uint32 size)')(performance, PERFORMANCE.size);
  kernel32.func('bool __stdcall CloseHandle(void *handle)')(handle);
  const nonpaged =
    performance.readBigUInt64LE(PERFORMANCE.kernelNonpaged) * performance.readBigUInt64LE(PERFORMANCE.pageSize);
  return { bytes: Number(counters.readBigUInt64LE(COUNTERS.privateUsage) + nonpaged), handles: handles.readUInt32LE() };
}
