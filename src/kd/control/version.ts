import type { Reply } from './api.js';

// The reply to GetVersion, decoded. Names of Windows versions are made of it elsewhere.

/** DBGKD_GET_VERSION64. Source: its documentation in `wdbgexts.h`. */
export interface Version {
  /** True for a checked build. */
  readonly checked: boolean;
  readonly build: number;
  readonly protocol: number;
  readonly machine: number;
  readonly multiprocessor: boolean;
  readonly pointer64: boolean;
  /** As the packet has them: sign-extended on 32-bit targets. */
  readonly kernelBase: bigint;
  readonly loadedModuleList: bigint;
  readonly debuggerDataList: bigint;
}

const CHECKED = 0xc;
const DBGKD_VERS_FLAG_MP = 1;
const DBGKD_VERS_FLAG_PTR64 = 4;

/** Reads the reply to GetVersion. */
export function decodeVersion(reply: Reply): Version {
  const flags = reply.u32(20) >>> 16;
  return {
    checked: (reply.u32(16) & 0xffff) === CHECKED,
    build: reply.u32(16) >>> 16,
    protocol: reply.u32(20) & 0xff,
    machine: reply.u32(24) & 0xffff,
    multiprocessor: (flags & DBGKD_VERS_FLAG_MP) !== 0,
    pointer64: (flags & DBGKD_VERS_FLAG_PTR64) !== 0,
    kernelBase: reply.u64(32),
    loadedModuleList: reply.u64(40),
    debuggerDataList: reply.u64(48),
  };
}
