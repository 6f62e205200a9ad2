import type { Keys } from '../../kd/net/key.js';
import type { Faults } from './line/faults.js';
import { noFaults } from './line/faults.js';

import type { NetPlaces } from './net/target-channel.js';

/** In what state a simulated target is when its life begins. */
export type StartState =
  /** Without power, until `power()`. */
  | 'off'
  /** The power comes on now. */
  | 'boot'
  /** Up for a while, with no debugger. */
  | 'running'
  /** Stopped in front of a debugger that took the state change and vanished. */
  | 'halted';

export interface StubOptions {
  readonly architecture: 'x86' | 'x64' | 'arm64';
  readonly state: StartState;
  /** Bits per second of the line, both ways; 0 = as fast as it goes. */
  readonly baud: number;
  /** Bytes that the serial port holds: 16 loses what a running target does not take; 0 holds the sender back. */
  readonly fifoBytes: number;
  readonly seed: number;
  readonly faults: Faults;
  /** API numbers that this kernel does not know. */
  readonly missingApis: ReadonlySet<number>;
  readonly checkedBuild: boolean;
  /** Ids that an earlier session left, for `running` and `halted`: the target's next one and the one it awaits. Default: SYNC, nobody was here. */
  readonly ids: { readonly target: number; readonly host: number } | undefined;
  /** Wake-ups of threads per second, by thread; what they do there is up to the machine. */
  readonly wakes: Readonly<Record<string, number>>;
  /** Share of break-ins, 0…1, that show themselves in user mode. */
  readonly userBreaks: number;
  /** What a vanished debugger left in the code: symbols (`nt!Name`) or addresses. */
  readonly orphans: {
    readonly table?: readonly (string | bigint)[];
    readonly raw?: readonly (string | bigint)[];
    readonly hardware?: readonly (string | bigint)[];
  };
  readonly boot: BootOptions;
  /** KDNET instead of a serial line: its key, and where both ends are, as soon as that is known. */
  readonly net: { readonly keys: Keys; readonly places: () => NetPlaces | undefined } | undefined;
  /** The most instructions that run between two looks at the clock. */
  readonly slice: number;
}

export interface BootOptions {
  /** From power-on to the boot loader's text, and from there to the kernel, ms. */
  readonly loaderMs: number;
  readonly kernelMs: number;
  /** Plain text of the boot loader on the debug port; 247 bytes were measured. */
  readonly loaderText: string;
  /** Between two drivers, ms; the kernel looks for break-ins in it. */
  readonly driverMs: number;
  /** DbgPrints of each driver. */
  readonly printsPerDriver: number;
  /** A driver that is asked for from the debugger before it is loaded from disk (FILE_IO create). */
  readonly fileRequest: string | undefined;
}

const loaderText = [
  '\r\n(boot/freeldr) Detecting hardware',
  'Reading registry hive SYSTEM',
  'Loading system/ntoskrnl.exe',
  'Loading system/hal.dll',
  'Loading system/kdcom.dll',
  'Loading boot drivers: disk, classpnp, ftdisk, partmgr, ntfs, mup',
  'Starting the kernel with /DEBUG /DEBUGPORT=COM1',
  '',
].join('\r\n');

export const defaultOptions: StubOptions = {
  architecture: 'x64',
  state: 'running',
  baud: 0,
  fifoBytes: 0,
  seed: 1,
  faults: noFaults,
  missingApis: new Set(),
  checkedBuild: false,
  ids: undefined,
  wakes: {},
  userBreaks: 0,
  orphans: {},
  boot: { loaderMs: 500, kernelMs: 500, loaderText, driverMs: 50, printsPerDriver: 1, fileRequest: undefined },
  net: undefined,
  slice: 50_000,
};

/** What a caller may give; the rest is filled in. */
export type PartialStubOptions = Partial<Omit<StubOptions, 'boot'>> & { readonly boot?: Partial<BootOptions> };

export function withDefaults(options: PartialStubOptions): StubOptions {
  return { ...defaultOptions, ...options, boot: { ...defaultOptions.boot, ...options.boot } };
}
