import type { TableFrame } from '../stack-table.js';
import { COLD_BLOCK, POOL_ENTRY, POOL_INTERNAL } from './allocator-frames.js';
import {
  isAllocatorFrame,
  isColdBlock,
  isKernel,
  isKernelAddress,
  isPoolEntry,
  isSystemCall,
  machinery,
  symbolOf,
  withoutHarmlessGaps,
} from './frame-kinds.js';
import { KNOWN_WRAPPERS, type Wrappers } from './wrappers.js';

/** Whose hit it is. */
export interface Attribution {
  /** `module!symbol` of the first frame outside the pool allocator and its wrappers; `module+0xNN` or `0x…` where there is no symbol. */
  readonly caller: string;
  /** The first module that is neither the kernel's nor a wrapper's; `nt` if there is none, `(unknown)` if not even that is on the stack. */
  readonly driver: string;
  /** The driver's frame lies beyond a system call: a program asked, and the kernel allocated for it. */
  readonly userMode: boolean;
  /** The wrappers on the way from the driver to the allocator, innermost first, `module!symbol` each. */
  readonly through: readonly string[];
  /** The stack ends in a bug check, or in an interrupt that cannot be masked: it shows where that happened. */
  readonly crash: boolean;
  /** Why the driver is not certain: what is missing between the allocator and the first driver that can be read. */
  readonly doubt?: { readonly why: string; readonly next: string | undefined };
}

export interface AttributionOptions {
  /** A break-in has cut its printing short: what is missing may be the driver. */
  readonly cut?: boolean;
  /** Modules, in lower case, whose names are the nearest export. */
  readonly exportsOnly?: ReadonlySet<string>;
  readonly wrappers?: Wrappers;
}

const NO_MODULES: ReadonlySet<string> = new Set();
const NONE: readonly string[] = [];

export const UNKNOWN_DRIVER = '(unknown)';
/** Stands for the driver, or the caller, of a stack that a break-in cut before it came to them. */
export const CUT_DRIVER = '(cut by the break-in)';
/** Stands for the driver, and the caller, of a stack that lacks frames before the first driver that can be read. */
export const UNCERTAIN_DRIVER = '(driver not certain)';

/**
 * Attributes one stack.
 * @param printed innermost first
 */
export function attribute(
  printed: readonly TableFrame[],
  { cut = false, exportsOnly = NO_MODULES, wrappers = KNOWN_WRAPPERS }: AttributionOptions = {},
): Attribution {
  const frames = withoutHarmlessGaps(printed);
  const { frames: before, crash } = machinery(frames, exportsOnly);
  const from = callerIndex(frames, before);
  const doubt = doubtOf(frames, from, wrappers);
  if (doubt)
    return { caller: UNCERTAIN_DRIVER, driver: UNCERTAIN_DRIVER, userMode: false, through: NONE, crash, doubt };
  const driverFrom = frames.findIndex((frame, at) => at >= before && frame.module !== null && !isKernel(frame));
  const driverAt = driverFrom < 0 ? driverFrom : behindWays(frames, driverFrom, wrappers);
  const callerAt = from === driverFrom ? driverAt : from;
  // Bare addresses between the system call and the first named module are user mode, too.
  const inner = frames.slice(before, Math.max(before, driverFrom)).findLast((frame) => frame.module !== null);
  const caller = frames[callerAt];
  const inside = frames.slice(before).every(isAllocatorFrame);
  const ways = (of: readonly TableFrame[]): string[] =>
    of.filter((frame) => wrappers.isWay(frame)).map((frame) => nameOf(frame, exportsOnly));
  return {
    caller: !caller ? UNKNOWN_DRIVER : inside && cut ? CUT_DRIVER : nameOf(caller, exportsOnly),
    driver:
      driverOf(frames, before, driverAt) ??
      (cut ? CUT_DRIVER : frames.some(isKernel) && !inside ? 'nt' : UNKNOWN_DRIVER),
    userMode: inner !== undefined && isKernel(inner) && isSystemCall(inner),
    through: driverFrom < 0 || driverFrom === driverAt ? NONE : ways(frames.slice(driverFrom, driverAt)),
    crash,
  };
}

/** A driver without a name, of which kd knows no module, is not passed over for the next one that has a name. */
function driverOf(frames: readonly TableFrame[], before: number, driverAt: number): string | undefined {
  const inner = frames.slice(before, driverAt < 0 ? frames.length : driverAt);
  const called = inner.findIndex(isSystemCall);
  if ((called < 0 ? inner : inner.slice(0, called)).some(isKernelAddress)) return UNKNOWN_DRIVER;
  const driver = frames[driverAt];
  return driver && isKernelAddress(driver) ? UNKNOWN_DRIVER : (driver?.module ?? undefined);
}

/** Frames are missing where the driver may have been: neither it nor the function that called the allocator is known. */
function doubtOf(frames: readonly TableFrame[], from: number, wrappers: Wrappers): Attribution['doubt'] {
  const gap = frames.findIndex(({ mark }) => mark === 'gap');
  if (gap < 0 || frames.slice(0, gap).some(isSystemCall)) return undefined;
  const isDriver = (frame: TableFrame): boolean =>
    frame.module !== null && !isKernel(frame) && !isAllocatorFrame(frame) && !wrappers.isWay(frame);
  const driverAt = frames.findIndex((frame, at) => at >= from && isDriver(frame));
  if (driverAt >= 0 && driverAt < gap) return undefined;
  const next = frames.slice(gap).find(isDriver);
  return { why: frames[gap]?.text.replace(/^\(|\)$/g, '') ?? '', next: next?.module ?? undefined };
}

/** The index of the frame that a run of wrappers works for: a driver that called them, or else the framework itself. */
function behindWays(frames: readonly TableFrame[], from: number, wrappers: Wrappers): number {
  let at = from;
  while (at < frames.length && wrappers.isWay(frames[at] as TableFrame)) at++;
  const caller = frames[at];
  if (caller && (isKernelAddress(caller) || (caller.module !== null && !isKernel(caller))))
    return behindInlined(frames, at, wrappers);
  if (at === from) return from;
  // Nobody's driver called it: the outermost framework did so for itself, by its first function that is not there to allocate.
  const { module } = frames[at - 1] as TableFrame;
  let own = at - 1;
  while (own > from && frames[own - 1]?.module === module) own--;
  while (own < at - 1 && wrappers.isAllocator(frames[own] as TableFrame)) own++;
  return own;
}

/** What a header or the compiler puts into a driver is called by the driver's own function, if that is there to see. */
function behindInlined(frames: readonly TableFrame[], from: number, wrappers: Wrappers): number {
  let at = from;
  while (wrappers.isInlined(frames[at] as TableFrame) && frames[at + 1]?.module === frames[from]?.module) at++;
  return at;
}

/** The index of the first frame outside the allocator; the outermost frame if all are inside. */
function callerIndex(frames: readonly TableFrame[], from: number): number {
  let entered = false;
  for (let index = from; index < frames.length; index++) {
    const frame = frames[index] as TableFrame;
    if (!isKernel(frame)) return index;
    const symbol = symbolOf(frame);
    if (POOL_ENTRY.test(symbol)) {
      entered = true;
      continue;
    }
    if (POOL_INTERNAL.test(symbol)) continue;
    // A cold block is the allocator's if no function that drivers call has been passed yet, or if one follows.
    if (COLD_BLOCK.test(symbol) && (!entered || isAllocatorFrame(frames[index + 1]))) continue;
    return index;
  }
  return frames.length - 1;
}

/** Bytes: a name so far away is no function's own, whatever kd had of symbols. */
const FAR = 0x2000;

function nameOf(frame: TableFrame, exportsOnly: ReadonlySet<string>): string {
  const guessed = frame.module !== null && exportsOnly.has(frame.module.toLowerCase()) && !isAllocatorFrame(frame);
  if (frame.symbol !== null && (guessed || (isKernel(frame) && (frame.offset ?? 0) >= FAR && !isColdBlock(frame))))
    return `${frame.text} (nearest export)`;
  return frame.module !== null && frame.symbol !== null ? `${frame.module}!${frame.symbol}` : frame.text;
}

/** The function that a driver called for memory, or to give it back: the outermost of the allocator's. */
export function entryOf(frames: readonly TableFrame[], from: number): TableFrame | undefined {
  return frames.slice(from, callerIndex(frames, from) + 1).findLast(isPoolEntry);
}
