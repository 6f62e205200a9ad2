import type { Frame, FrameNote, WalkOptions } from './frame.js';
import { type ReadStack, readWords } from './read-stack.js';
import { type UnwindSource, UnwindUnreadable } from './unwind-source.js';
import { RSP, type State64, type Unwound64, unwindFrame, unwindLeaf } from './x64-unwind.js';

/** Where a walk begins; see `State64` for the order. */
export type Registers64 = Pick<State64, 'rip' | 'gp'>;

/** A module that an address lies in. `unwind` is undefined where its unwind data is not to be had. */
export interface UnwindModule {
  readonly base: bigint;
  readonly unwind: UnwindSource | undefined;
}

export type ModuleAt = (address: bigint) => Promise<UnwindModule | undefined>;

const LAST_USER = 0x7fff_ffff_ffffn;
const FIRST_KERNEL = 0xffff_8000_0000_0000n;
/** Where the processor's own part lies in a KTRAP_FRAME. */
const TRAP_FRAME_RIP = 0x168n;
const HOME_SLOTS = 4;

interface Step {
  readonly unwound: Unwound64 | undefined;
  readonly note?: FrameNote;
  /** Only a guess: to be believed if it leads into a module. */
  readonly guessed?: true;
}

/**
 * Walks an x64 stack by unwind data. It ends, with what is found until then, at a return address of 0 or one that is no
 * address, where the stack pointer does not rise, where the stack or unwind data cannot be read, and at user mode.
 * @param moduleAt gives the module of an address, or undefined
 * @throws RegisterUnknown where it depends on a register that `start` has not
 */
export async function walkX64(
  start: Registers64,
  stack: ReadStack,
  moduleAt: ModuleAt,
  { limit, user = false }: WalkOptions,
): Promise<Frame[]> {
  const frames: Frame[] = [];
  const follows = user || isUser(start.rip);
  let state: State64 = { ...start, exact: true };
  while (frames.length < limit) {
    const rsp = state.gp[RSP] ?? 0n;
    if (isUser(state.rip) && !follows) {
      frames.push({ pc: state.rip, exact: true, frameAddress: rsp, returnAddress: 0n, args: undefined });
      break;
    }
    stack.entering(state.rip);
    const { unwound, note, guessed } = await stepOut(state, stack, moduleAt);
    const caller = unwound?.caller;
    const trap = unwound?.machineFrame;
    const sp = caller?.gp[RSP];
    frames.push({
      pc: state.rip,
      exact: state.exact,
      frameAddress: rsp,
      returnAddress: caller?.rip ?? 0n,
      args: sp === undefined || (isUser(sp) && !follows) ? undefined : await readWords(stack, sp, HOME_SLOTS, 8),
      ...(trap !== undefined ? { note: 'trap-frame', trapFrame: trap - TRAP_FRAME_RIP } : note && { note }),
    });
    if (!caller || sp === undefined || caller.rip === 0n || !isCanonical(caller.rip)) break;
    if (sp <= rsp && trap === undefined) break;
    if (guessed && !(await moduleAt(caller.rip))) break;
    state = caller;
  }
  return frames;
}

async function stepOut(state: State64, stack: ReadStack, moduleAt: ModuleAt): Promise<Step> {
  // A call that does not return may be the last instruction of its function: the return address then lies in the next one.
  const module = await moduleAt(state.exact ? state.rip : state.rip - 1n);
  if (!module?.unwind) return { unwound: await unwindLeaf(state, stack), note: 'no-unwind-info', guessed: true };
  const rva = Number(state.rip - module.base);
  try {
    const entry = (state.exact ? undefined : await module.unwind.entry(rva - 1)) ?? (await module.unwind.entry(rva));
    if (!entry) return { unwound: await unwindLeaf(state, stack) };
    return { unwound: await unwindFrame(state, entry, rva, module.unwind, stack) };
  } catch (error) {
    if (!(error instanceof UnwindUnreadable)) throw error;
    return { unwound: await unwindLeaf(state, stack), note: 'no-unwind-info', guessed: true };
  }
}

function isUser(address: bigint): boolean {
  return address <= LAST_USER;
}

function isCanonical(address: bigint): boolean {
  return isUser(address) || address >= FIRST_KERNEL;
}
