import type { KdOptions } from '../../kd-text/kd-options.js';
import type { Scenario } from './scenario/scenario.js';

/** Why kd cannot use its port, in its own words, and its exit code. */
export interface StartFailure {
  readonly lines: readonly string[];
  readonly code: number;
}

const failures = {
  missing: { error: 'Win32 error 0n2', code: 0x80070002 },
  denied: { error: 'Win32 error 0n5', code: 0x80070005 },
  busy: { error: 'Win32 error 0n5', code: 0x80070005 },
} as const;

/** What opening the port fails with; undefined when it opens. */
export function portFailure(state: Scenario['port']['state'], options: KdOptions): StartFailure | undefined {
  if (state === 'ok') return undefined;
  if (options.transport.kind === 'net') {
    return { lines: ['Kernel debugger failed initialization, HRESULT 0x80004005'], code: 0x80004005 };
  }
  const { error, code } = failures[state];
  const lines = [`Failed to open ${options.transport.port}`, `Kernel debugger failed initialization, ${error}`];
  // A virtual machine's pipe that somebody else holds is busy in words of its own.
  if (state === 'busy' && options.transport.kind === 'pipe') {
    return { lines: [lines[0] ?? '', 'Kernel debugger failed initialization, Win32 error 0n231'], code: 0x800700e7 };
  }
  return { lines, code };
}

/** An exit code that the platform can carry: POSIX has room for one byte, and 0 would mean success. */
export function exitCodeFor(code: number, platform: NodeJS.Platform = process.platform): number {
  if (platform === 'win32') return code;
  return code === 0 ? 0 : code & 0xff || 1;
}
