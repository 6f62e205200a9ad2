import type { FpoNote, Frame, WalkOptions } from './frame.js';
import { type ReadStack, readWords } from './read-stack.js';
import { unwindByCode } from './x86-code.js';
import { fpoNote, unwindByRecord } from './x86-record.js';
import { type Code86, returned, type State86, sum, type Unwound86, word } from './x86-state.js';
import { fromTrapFrame, isTrapFrame } from './x86-trap.js';

/** Where a walk begins. */
export type Registers86 = Pick<State86, 'eip' | 'esp' | 'ebp'> & Partial<Pick<State86, 'ebx' | 'esi' | 'edi'>>;

/** Above all stacks of a thread that a kernel has: an EBP farther away points into something else. Bytes. */
const LARGEST_STACK = 0x10000n;
const ARGS = 3;
const FIRST_KERNEL = 0x8000_0000n;

/** One frame, and the registers of its caller if the walk can go on. */
interface Step {
  readonly frame: Frame;
  readonly caller: State86 | undefined;
}

/**
 * Walks an x86 stack: by the instructions where it stopped, by frame data where there is some, else by the chain of saved EBPs,
 * which passes trap frames. It ends, with what is found until then, where EBP does not rise, leaves the stack or is 0, at a
 * return address of 0, and at user mode.
 * @throws RegisterUnknown where it depends on a register that `start` has not
 */
export async function walkX86(
  start: Registers86,
  stack: ReadStack,
  code: Code86,
  { limit, user = false }: WalkOptions,
): Promise<Frame[]> {
  const frames: Frame[] = [];
  const follows = user || isUser(start.eip);
  let state: State86 | undefined = {
    ebx: undefined,
    esi: undefined,
    edi: undefined,
    ...start,
    exact: true,
    calleeParams: 0,
  };
  while (state && frames.length < limit) {
    if (isUser(state.eip) && !follows) {
      frames.push(lastFrame(state));
      break;
    }
    stack.entering(state.eip);
    const step: Step | undefined = await stepOut(state, frames.at(-1), code, stack);
    if (!step) break;
    frames.push(step.frame);
    state = step.frame.returnAddress === 0n ? undefined : step.caller;
  }
  return frames;
}

async function stepOut(
  state: State86,
  callee: Frame | undefined,
  code: Code86,
  stack: ReadStack,
): Promise<Step | undefined> {
  const found = (state.exact ? undefined : await code.recordAt(state.eip - 1n)) ?? (await code.recordAt(state.eip));
  const fpo = found && fpoNote(found.record);
  const base = { pc: state.eip, exact: state.exact, ...(fpo && { fpo }) };
  if (found?.record.frame === 'trap') {
    const trap = await atTrapFrame(state, stack);
    // kd gives such a frame the ChildEBP and the arguments of what it called.
    if (trap) return { ...trap, frame: { ...trap.frame, ...base, ...(callee && likeCallee(callee)) } };
  }
  const params = found?.record.params ?? 0;
  const byCode = state.exact ? await unwindByCode(state, params, code, stack) : undefined;
  const sure = byCode ?? (found && (await unwindByRecord(state, found, code, stack)));
  // A function that keeps no frame may have been called with EBP at a trap frame: that is looked for last.
  const trap = sure ? undefined : await atMarkedFrame(state, stack);
  if (trap) return { ...trap, frame: { ...trap.frame, ...base } };
  const unwound = sure ?? (await byEbp(state, params, stack));
  const note = await noteOf(state, sure !== undefined, fpo, code);
  if (unwound) {
    const { slot, caller } = unwound;
    const args = await readWords(stack, sum(slot, 4), ARGS, 4);
    return { frame: { ...base, ...note, frameAddress: sum(slot, -4), returnAddress: caller.eip, args }, caller };
  }
  // Code that a thread was made to begin at has been called by nobody: that is no frame.
  if (!state.exact && (!(await code.isCode(state.eip)) || (await code.isStart(state.eip)))) return undefined;
  return { frame: { ...lastFrame(state), ...base, ...note }, caller: undefined };
}

async function noteOf(
  { eip }: State86,
  sure: boolean,
  fpo: FpoNote | undefined,
  code: Code86,
): Promise<Pick<Frame, 'note'>> {
  if (!sure && !(await code.isKnown(eip))) return { note: 'no-unwind-info' };
  return sure && fpo && !fpo.nonFpo ? { note: 'fpo' } : {};
}

function likeCallee({ frameAddress, args }: Frame): Pick<Frame, 'frameAddress' | 'args'> {
  return { frameAddress, args };
}

/** The kernel's entries keep EBP at a trap frame, which begins as a frame of the EBP chain does. */
async function atTrapFrame(state: State86, stack: ReadStack): Promise<Step | undefined> {
  const caller = await fromTrapFrame(stack, state.ebp, state);
  if (!caller) return undefined;
  const args = await readWords(stack, sum(state.ebp, 8), ARGS, 4);
  const frame: Frame = {
    pc: state.eip,
    exact: state.exact,
    frameAddress: state.ebp,
    returnAddress: caller.eip,
    args,
    note: 'trap-frame',
    trapFrame: state.ebp,
  };
  return { frame, caller };
}

async function atMarkedFrame(state: State86, stack: ReadStack): Promise<Step | undefined> {
  if (isUser(state.eip) || state.ebp < state.esp || !isNear(state)) return undefined;
  return (await isTrapFrame(stack, state.ebp)) ? atTrapFrame(state, stack) : undefined;
}

async function byEbp(state: State86, params: number, stack: ReadStack): Promise<Unwound86 | undefined> {
  if (state.ebp < state.esp || state.ebp === 0n || !isNear(state)) return undefined;
  const ebp = await word(stack, state.ebp);
  return ebp === undefined ? undefined : returned(stack, sum(state.ebp, 4), { ...state, ebp }, params);
}

function isNear({ ebp, esp, eip }: State86): boolean {
  return isUser(eip) ? isUser(ebp) : !isUser(ebp) && ebp - esp < LARGEST_STACK;
}

/** A frame whose caller is not looked for. */
function lastFrame({ eip, exact, ebp }: State86): Frame {
  return { pc: eip, exact, frameAddress: ebp, returnAddress: 0n, args: undefined };
}

function isUser(address: bigint): boolean {
  return address < FIRST_KERNEL;
}
