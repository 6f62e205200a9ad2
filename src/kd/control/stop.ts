import type { Architecture } from './architecture.js';
import type { Breakpoint } from './breakpoints/breakpoint.js';
import type { Breakpoints } from './breakpoints/breakpoints.js';
import type { DebugRegisters } from './breakpoints/debug-registers.js';
import { slotHit, wasSingleStep } from './breakpoints/debug-registers.js';
import {
  type CommandStop,
  type ControlReport,
  controlReport,
  type ExceptionStop,
  type ModuleEvent,
  programCounter,
} from './state-change.js';

// What kind of stop a report is: a breakpoint, a step, an exception, a module. What is done about it is the shell's.

/** Exception codes. Source: "NTSTATUS Values". */
export const STATUS_BREAKPOINT = 0x8000_0003;
export const STATUS_SINGLE_STEP = 0x8000_0004;
export const STATUS_WAKE_SYSTEM_DEBUGGER = 0x8000_0007;

/** The instruction `int 3`. */
export const INT3 = 0xcc;
/** The only instruction that a breakpoint may be told in front of, and stop behind. */
const PUSH_EBP = Buffer.of(0x55);

/** One standstill of the target. */
export interface Stop {
  readonly change: ExceptionStop | CommandStop;
  readonly report: ControlReport;
  readonly pc: bigint;
  /** Where it is told to stand: a breakpoint may stop the target one instruction later, where that is cheaper. */
  readonly at: bigint;
  /** The code from there on, without breakpoints. */
  readonly code: Buffer;
  readonly reason: ReportReason;
  /** The code where it stands is what it should be again: there is no int3 any more to step past. */
  repaired?: boolean;
  /** The breakpoint that was hit. */
  readonly breakpoint?: Breakpoint;
  /** The image that came or went. */
  readonly module?: ModuleEvent;
  /** By a debug register. */
  readonly byRegister?: boolean;
}

export type ReportReason =
  /** A breakpoint of ours. */
  | 'breakpoint'
  /** The trap flag. */
  | 'step'
  /** An int3 that is part of the code, or that somebody else left: a break-in, an assertion, PoolHitTag. */
  | 'int3'
  /** A debug register that is none of ours. */
  | 'foreign-register'
  | 'processor-switch'
  | 'exception'
  | 'command'
  /** An image came or went, and the target was held there. */
  | 'module';

/** Says what a stop is. */
export function judgeStop(
  change: ExceptionStop | CommandStop,
  architecture: Architecture,
  breakpoints: Breakpoints,
  registers: DebugRegisters,
): Stop {
  const report = controlReport(architecture, change);
  const pc = programCounter(architecture, change);
  const stop = (reason: ReportReason, breakpoint?: Breakpoint, byRegister = false): Stop => {
    const at = byRegister && breakpoint?.place === pc ? breakpoint.address : pc;
    const code = at === pc ? report.stream : Buffer.concat([PUSH_EBP, report.stream]);
    return { change, report, pc, at, code, reason, ...(breakpoint && { breakpoint, byRegister }) };
  };
  if (change.kind === 'command') return stop('command');
  if (change.code === STATUS_WAKE_SYSTEM_DEBUGGER) return stop('processor-switch');
  if (change.code === STATUS_BREAKPOINT) {
    const own = breakpoints.list.find((each) => each.access === 'software' && each.enabled && each.address === pc);
    return own ? stop('breakpoint', own) : stop('int3');
  }
  if (change.code !== STATUS_SINGLE_STEP) return stop('exception');
  const slot = slotHit(report.dr6);
  const own = slot === undefined ? undefined : breakpoints.list.find((each) => each.slot === slot);
  if (own && registers.slots[slot as number]) return stop('breakpoint', own, true);
  if (slot !== undefined && !wasSingleStep(report.dr6)) return stop('foreign-register');
  return stop('step');
}

/** The stop of a target that is held where it tells of an image. */
export function moduleStop(module: ModuleEvent, architecture: Architecture): Stop {
  const { processor, processors, thread, payload } = module;
  const pc = programCounter(architecture, module);
  const report = controlReport(architecture, module);
  const at = { processor, processors, thread, programCounter: module.programCounter, payload };
  const place = { pc, at: pc, report, code: report.stream };
  return { ...place, change: { ...at, kind: 'command', name: '', command: '' }, reason: 'module', module };
}

/** True when two reports say the same: the target repeats itself, and has not moved. */
export function isSameStop(a: ExceptionStop | CommandStop, b: ExceptionStop | CommandStop): boolean {
  return (
    a.kind === b.kind &&
    a.processor === b.processor &&
    a.thread === b.thread &&
    a.programCounter === b.programCounter &&
    (a.kind !== 'exception' || b.kind !== 'exception' || a.code === b.code)
  );
}
