import type { MachineTrap, Processor } from '../machine/machine.js';
import { bugCheckParameters, bugCheckText } from './bug-check-text.js';
import { pointerNames } from './context.js';
import { readField } from './fields.js';
import { Death, type Kernel, Restart } from './kernel.js';
import { sayDbgPrint } from './prints.js';
import { userCode } from './requests/memory.js';
import { kernelService } from './services.js';
import { DR6_ONES } from './special-registers.js';
import { exceptionReport, type HaltedState, NT_STATUS } from './state-change.js';
import type { StopKind } from './statistics/target-statistics.js';
import { type ServingEnd, serveRequests } from './threads/serve-requests.js';
import type { Task } from './threads/task.js';
import { pushFrame, restoreFrame } from './trap-frame.js';

const TF = 0x100n;
const INT3 = 0xcc;
const [KMODE_EXCEPTION_NOT_HANDLED, SET_OF_INVALID_CONTEXT] = [0x1e, 0x30];

/** Where a break-in stops that came after a print of a user-mode program, as it was measured. */
const userPc = 0x7c96_449cn;
const userSelectors = { cs: 0x1b, ds: 0x23, es: 0x23, fs: 0x3b };

export interface StopOptions {
  /** Shown in user mode. */
  readonly user?: boolean;
  /** A debugger that vanished has taken the state change. */
  readonly told?: boolean;
}

interface Raised {
  readonly code: number;
  readonly address: bigint;
  readonly information: readonly bigint[];
}

/** All processors stand still until the debugger lets them go. */
export function* exceptionStop(
  kernel: Kernel,
  processor: Processor,
  raised: Raised,
  kind: StopKind,
  options: StopOptions = {},
): Task<void> {
  enter(kernel, processor, kind, options.user ?? false);
  const ending = yield* tell(kernel, raised, kind, options.told ?? false);
  const damage = leave(kernel, ending);
  if (ending.kind === 'reboot') throw new Restart();
  if (ending.kind === 'death') throw new Death();
  if (kernel.crashed) return;
  if (ending.kind === 'bug-check') yield* stopWithBugCheck(kernel, ending.code, []);
  else if (ending.kind === 'resume' && !ending.handled)
    yield* stopWithBugCheck(kernel, KMODE_EXCEPTION_NOT_HANDLED, [BigInt(raised.code), raised.address, 0n, 0n]);
  else if (damage) yield* stopWithBugCheck(kernel, SET_OF_INVALID_CONTEXT, damage);
}

/** Reports the stop, and again: to another processor's state, or as the second chance of an exception nobody handled. */
function* tell(kernel: Kernel, raised: Raised, kind: StopKind, told: boolean): Task<ServingEnd> {
  let firstChance = true;
  let { code, address, information } = raised;
  for (let skip = told; ; skip = false) {
    const report = exceptionReport(
      standing(kernel),
      { code, flags: 0, address, information, firstChance },
      kernel.personality.traceBytes,
    );
    const ending = yield* serveRequests(kernel, report, 0, skip);
    if (ending.kind === 'switch') {
      const processor = kernel.machine.processors[ending.processor];
      if (kernel.stop && processor) kernel.stop.processor = processor;
      code = NT_STATUS.switchProcessor;
      address = processor?.get(pointerNames(kernel.architecture).pc) ?? 0n;
      information = [];
    } else if (ending.kind === 'resume' && !ending.handled && firstChance && kind !== 'bug-check') firstChance = false;
    else return ending;
  }
}

/** What a report says about the reporting processor. Building it takes KD's breakpoints out of the 16 bytes that it shows. */
export function standing(kernel: Kernel): HaltedState {
  const { architecture, machine, machineType, stop, table } = kernel;
  const processor = stop?.processor ?? (machine.processors[0] as Processor);
  const pc = processor.get(pointerNames(architecture).pc);
  const user = stop?.processor === processor ? stop.user : undefined;
  if (!user) table.removeIn(pc, 16);
  const instructions = user ? userCode(kernel.wide) : machine.memory.read(pc, 16);
  return { architecture, machineType, processor, processors: machine.processors.length, instructions, user };
}

/** The processors stop. */
export function enter(kernel: Kernel, processor: Processor, kind: StopKind, user: boolean): void {
  const { pc, sp } = pointerNames(kernel.architecture);
  kernel.table.settle();
  kernel.stop = {
    processor,
    trapped: { processor, sp: processor.get(sp) },
    contextRead: false,
    staged: undefined,
    user: user ? { pc: userPc, selectors: userSelectors, realPc: processor.get(pc) } : undefined,
  };
  pushFrame(kernel);
  kernel.statistics.halted(kind);
}

/** The processors go on. @returns the parameters of the bug check when the debugger left a stack pointer that no trap can end with */
export function leave(kernel: Kernel, { kind }: { readonly kind: string }): bigint[] | undefined {
  const { stop, machine, personality, architecture } = kernel;
  if (!stop) return undefined;
  const { processor, sp } = stop.trapped;
  const now = processor.get(pointerNames(architecture).sp);
  const lowered = kind === 'resume' && !kernel.wide && personality.refusesLowerEsp && now < sp;
  if (kind === 'resume' && !lowered) {
    if (kernel.options.architecture === 'arm64') stepOverBreak(kernel, processor);
    restoreFrame(kernel);
    machine.resumed(processor.number);
  }
  for (const { debug } of machine.processors) debug.dr6 = DR6_ONES;
  kernel.stop = undefined;
  kernel.statistics.resumed(kernel.phase, (processor.get('efl') & TF) !== 0n);
  return lowered ? [now, sp, sp - 0x74n, 0n] : undefined;
}

/** Nobody can move the program counter of a target that only says it is ARM64: it goes on past its own break by itself. */
function stepOverBreak({ machine, architecture }: Kernel, processor: Processor): void {
  const { pc } = pointerNames(architecture);
  const at = processor.get(pc);
  if (machine.memory.read(at, 1)[0] === INT3) processor.set(pc, at + 1n);
}

/** A processor ran into something. */
export function* trapStop(kernel: Kernel, trap: Extract<MachineTrap, { processor: number }>): Task<void> {
  const processor = kernel.machine.processors[trap.processor] as Processor;
  const pc = processor.get(pointerNames(kernel.architecture).pc);
  if (trap.kind === 'breakpoint') {
    const ours = kernel.table.addresses(true).includes(pc) || kernel.injected.isRaw(pc);
    const kind = ours ? 'hit' : kernelBreak(kernel, processor, pc);
    if (ours) countHit(kernel, processor, pc);
    else if (kind === 'pool-hit') countTagHit(kernel, processor);
    yield* exceptionStop(kernel, processor, breakpointAt(kernel, pc), kind);
  } else if (trap.kind === 'single-step') {
    // The trap frame's copy of the flags comes without TF.
    processor.set('efl', processor.get('efl') & ~TF);
    const byRegister = (processor.debug.dr6 & 0xfn) !== 0n;
    if (byRegister) countHit(kernel, processor, pc, true);
    const raised = { code: NT_STATUS.singleStep, address: pc, information: [] };
    yield* exceptionStop(kernel, processor, raised, byRegister ? 'hit' : 'step');
  } else if (trap.kind === 'fault') {
    const raised = { code: trap.code, address: pc, information: trap.information };
    yield* exceptionStop(kernel, processor, raised, 'fault');
  }
}

/** Why the machine's own code broke: the kernel's break instruction has its reason in a register. */
function kernelBreak(kernel: Kernel, processor: Processor, pc: bigint): StopKind {
  if (kernel.machine.pool.isHitBreak(processor.number)) return 'pool-hit';
  if (pc !== kernel.machine.address(BREAK)) return 'int3';
  const status = Number(processor.get(kernel.wide ? 'rcx' : 'eax') & 0xffffn);
  if (status !== FIRST && status !== SECOND) return 'break';
  if (!kernel.crashed) noteBugCheck(kernel);
  return 'bug-check';
}

/** The machine's own kernel has crashed: what it says of it stands in KiBugCheckData. */
function noteBugCheck(kernel: Kernel): void {
  kernel.crashed = true;
  const at = kernel.machine.address('nt!KiBugCheckData');
  const each = kernel.wide ? 8 : 4;
  const data = at === undefined ? Buffer.alloc(0) : kernel.machine.memory.read(at, 5 * each);
  const values = Array.from({ length: data.length / each }, (_, index) => readField(data, [index * each, each]));
  kernel.statistics.bugCheck(bugCheckText(kernel, Number(values[0] ?? 0n), values.slice(1)));
}

/** STATUS_BREAKPOINT with its three parameters. */
function breakpointAt({ wide, personality }: Kernel, pc: bigint): Raised {
  const address = wide && personality.int3AddressBehind ? pc + 1n : pc;
  return { code: NT_STATUS.breakpoint, address, information: [0n, 0n, 0n] };
}

/** Where the kernel breaks for a debugger, with the reason in eax or rcx. */
const BREAK = 'nt!RtlpBreakWithStatusInstruction';
const [FIRST, SECOND] = [3, 4];
/** Runs that a break may take to come through when breakpoints lie on its way. */
const PATIENCE = 1000;

/** Stops the boot processor in the kernel's own break, for that reason: 1 Ctrl+C, 3 and 4 bug checks. What lies on the way there stops it first. */
export function* breakStop(kernel: Kernel, status: number, kind: StopKind, options: StopOptions = {}): Task<void> {
  const { machine } = kernel;
  const { pc } = pointerNames(kernel.architecture);
  const processor = machine.processors[0] as Processor;
  const place = machine.address(BREAK);
  machine.enterBreak(0);
  for (let tries = 0; processor.get(pc) !== place; tries++) {
    if (tries === PATIENCE) return;
    const trap = machine.run(kernel.options.slice);
    if (!('processor' in trap)) continue;
    if (trap.kind === 'service') yield* kernelService(kernel, trap);
    else if (trap.processor !== 0 || processor.get(pc) !== place) yield* trapStop(kernel, trap);
  }
  processor.set(kernel.wide ? 'rcx' : 'eax', BigInt(status));
  yield* exceptionStop(kernel, processor, breakpointAt(kernel, processor.get(pc)), kind, options);
}

function countTagHit({ statistics }: Kernel, processor: Processor): void {
  statistics.hit(processor.thread.toString(16));
  statistics.tagHit();
}

function countHit({ statistics }: Kernel, processor: Processor, pc: bigint, byRegister = false): void {
  const thread = processor.thread.toString(16);
  if (statistics.isAgain(thread, pc) && byRegister) return;
  statistics.hit(thread);
  statistics.routineHit(pc);
}

/** The kernel is done for: it says why, and stops for ever, whatever a debugger does. */
export function* stopWithBugCheck(kernel: Kernel, code: number, parameters: readonly bigint[]): Task<void> {
  kernel.crashed = true;
  kernel.statistics.bugCheck(bugCheckText(kernel, code, parameters));
  yield* sayDbgPrint(kernel, `\n*** Fatal System Error: 0x${code.toString(16).padStart(8, '0')}\n`);
  yield* sayDbgPrint(kernel, `                       (${bugCheckParameters(kernel, parameters)})\n\n`);
  for (let status = FIRST; ; status = SECOND) yield* breakStop(kernel, status, 'bug-check');
}
