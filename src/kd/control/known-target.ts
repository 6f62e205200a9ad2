import type { LineQuality } from '../wire/line-quality.js';
import type { Link } from '../wire/link.js';
import { type Architecture, canonical } from './architecture.js';
import { BreakpointTable } from './breakpoints/breakpoint-table.js';
import { Breakpoints } from './breakpoints/breakpoints.js';
import { CodeSlack } from './breakpoints/code-slack.js';
import { DebugRegisters } from './breakpoints/debug-registers.js';
import { Contexts } from './contexts.js';
import { TargetMemory } from './memory.js';
import { Modules } from './modules.js';
import { programCounter, type StateChange } from './state-change.js';
import type { Version } from './version.js';

// A target that has said who it is, with its memory, registers, modules and breakpoints. It is replaced at the next boot.

/** What is known of a target from its first answer on. */
export interface KnownTarget {
  readonly version: Version;
  readonly architecture: Architecture;
  readonly memory: TargetMemory;
  readonly contexts: Contexts;
  readonly registers: DebugRegisters;
  readonly breakpoints: Breakpoints;
  readonly modules: Modules;
  readonly slack: CodeSlack;
  /** Whether the line has just shown errors. */
  readonly quality: LineQuality;
}

/** Everything about a target that has said who it is. Nothing is asked before it is needed. */
export function createKnownTarget(link: Link, version: Version, architecture: Architecture): KnownTarget {
  const { quality } = link;
  const memory = new TargetMemory(link, architecture, quality);
  const registers = new DebugRegisters(link, architecture, quality);
  const modules = new Modules(
    memory,
    architecture,
    canonical(architecture, version.loadedModuleList),
    canonical(architecture, version.kernelBase),
  );
  return {
    version,
    architecture,
    memory,
    modules,
    registers,
    quality,
    contexts: new Contexts(link, architecture, quality),
    breakpoints: new Breakpoints(new BreakpointTable(link, architecture, quality), registers),
    slack: new CodeSlack(memory, modules, architecture),
  };
}

/** Memory as it is without breakpoints of ours, for people: the target's table shows in what is read. @throws LinkError */
export async function readOriginalBytes(
  { breakpoints, memory }: KnownTarget,
  address: bigint,
  length: number,
): Promise<Buffer> {
  if (await breakpoints.uncover(address, length)) memory.forget();
  return memory.read(address, length);
}

/**
 * Compares the program counter of a report with the register, which is asked for. A byte lost and a zero doubled leave the sum
 * of a packet right and its fields shifted: on a bad line a report is believed when the two agree.
 */
export async function matchesReport(known: KnownTarget, change: StateChange): Promise<boolean> {
  if (change.processor >= change.processors) return false;
  const pc = await known.contexts.get(known.architecture.pc).catch(() => undefined);
  return pc === programCounter(known.architecture, change);
}
