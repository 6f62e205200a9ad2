import type { Machine, MachineArchitecture, Processor } from '../machine/machine.js';
import { createRandom, type Random } from '../random.js';
import { BreakPointTable } from './break-points.js';
import { fromTheWire, readField } from './fields.js';
import { InjectedBreakpoints } from './injected-breakpoints.js';
import type { KdVariant } from './kd-variant.js';
import type { TargetLink, TargetPort } from './line/target-link.js';
import { machineTypes, type UserMode } from './state-change.js';
import type { StubStatistics } from './statistics/stub-statistics.js';
import type { StubOptions } from './stub-options.js';
import type { TargetClock } from './target-clock.js';
import { ThreadSchedule } from './threads/thread-schedule.js';

// The state of the simulated kernel, and its beginning. What it does is in threads/, requests/ and stops.ts; how bytes reach it is
// in target-stub.ts.

/** One time that all processors stand still. */
export interface KernelStop {
  /** The processor that reports; SwitchProcessor changes it. */
  processor: Processor;
  /** The processor that trapped, and its stack pointer then: what is below belongs to the trap frame. */
  readonly trapped: { readonly processor: Processor; readonly sp: bigint };
  /** A context was read since the stop: only then may one be written. */
  contextRead: boolean;
  /** Pieces of a context that wait for the last one. */
  staged: Buffer | undefined;
  /** The stop shows itself in user mode although the machine knows none. */
  readonly user: (UserMode & { readonly realPc: bigint }) | undefined;
}

/** What the parts of the simulated kernel share. */
export interface Kernel {
  readonly machine: Machine;
  readonly architecture: MachineArchitecture;
  /** True for 64-bit addresses. */
  readonly wide: boolean;
  /** IMAGE_FILE_MACHINE that the target announces. */
  readonly machineType: number;
  readonly personality: KdVariant;
  readonly options: StubOptions;
  readonly clock: TargetClock;
  readonly link: TargetLink;
  readonly port: TargetPort;
  readonly table: BreakPointTable;
  readonly injected: InjectedBreakpoints;
  readonly statistics: StubStatistics;
  /** Model-specific registers and I/O ports that somebody wrote. */
  readonly msrs: Map<number, bigint>;
  readonly ioPorts: Map<bigint, number>;
  /** Puts bytes on the line outside of any packet; gives the milliseconds they take. */
  readonly transmitText: (text: string) => number;
  readonly wakes: ThreadSchedule;
  readonly random: Random;
  /** What a script wants of the running kernel, in its order. */
  readonly agenda: KernelEvent[];
  stop: KernelStop | undefined;
  /** What a resumed target is. */
  phase: 'booting' | 'running';
  /** When the clock interrupts next: then the kernel looks for a break-in. */
  nextTick: number;
  /** The last print came from user mode: a break-in right after it stops there. */
  userPrint: boolean;
  /** A bug check has ended this boot. */
  crashed: boolean;
}

/** What may happen to a running kernel from inside. */
export type KernelEvent =
  | { readonly event: 'print'; readonly text: string; readonly user: boolean }
  | { readonly event: 'prompt'; readonly text: string; readonly file: string; readonly line: number }
  | { readonly event: 'bug-check'; readonly code: number; readonly parameters: readonly bigint[] }
  | { readonly event: 'reboot' }
  | { readonly event: 'wake'; readonly thread: string; times: number };

/** Ends a life of the kernel from anywhere inside it; the next one begins with a boot. */
export class Restart extends Error {}

/** Ends a life of the kernel for good. */
export class Death extends Error {}

/** What a kernel runs on, and what it speaks by. */
type KernelBase = Pick<
  Kernel,
  'machine' | 'personality' | 'clock' | 'options' | 'statistics' | 'link' | 'port' | 'transmitText'
>;

/** @returns a kernel that has not booted yet */
export function newKernel(base: KernelBase): Kernel {
  const { machine, options } = base;
  const table = new BreakPointTable(machine.memory);
  return {
    ...base,
    table,
    random: createRandom(options.seed + 2),
    architecture: machine.architecture,
    wide: machine.architecture === 'x64',
    machineType: machineTypes[options.architecture],
    injected: new InjectedBreakpoints(machine, table),
    wakes: new ThreadSchedule(machine, createRandom(options.seed + 3), options.wakes),
    msrs: new Map(),
    ioPorts: new Map(),
    agenda: [],
    stop: undefined,
    phase: 'booting',
    nextTick: 0,
    userPrint: false,
    crashed: false,
  };
}

/** An address field of a request, as the machine has addresses. */
export function addressAt(kernel: Kernel, header: Buffer, offset: number): bigint {
  return fromTheWire(readField(header, [offset, 8]), kernel.wide);
}

/** Everything of the kernel that a boot makes anew. */
export function resetKernel(kernel: Kernel): void {
  kernel.link.forget();
  kernel.link.breakPending = false;
  kernel.link.debuggerPresent = true;
  kernel.table.clear();
  kernel.injected.clear();
  kernel.msrs.clear();
  kernel.ioPorts.clear();
  kernel.stop = undefined;
  kernel.agenda.length = 0;
  kernel.phase = 'booting';
  kernel.nextTick = 0;
  kernel.userPrint = false;
  kernel.crashed = false;
}
