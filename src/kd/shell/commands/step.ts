import { evaluate } from '../expressions/expression.js';
import { type RunStep, temporaryAt } from '../run-control.js';
import { CommandError, type ShellCommand, type ShellContext } from '../shell-context.js';
import { disassemble } from '../text/place-text.js';

/** A mistyped count must not keep a server at single steps for an hour. */
const MOST = 0x10000;
const LONGEST_INSTRUCTION = 15;

/** `t [count]`: executes instructions. `p [count]`: the same, and a call or a repeated instruction is one of them. */
export const stepCommand: ShellCommand = {
  words: ['t', 'p'],
  async run(context, word, rest) {
    const text = rest.trim();
    const count = text === '' ? 1 : Number(await evaluate(text, context));
    if (count < 1 || count > MOST) throw new CommandError(`Range error in '${text}'`);
    await context.travel(word === 't' ? traced : stepped, count);
  },
};

async function traced({ target, stop }: ShellContext): Promise<RunStep> {
  return { single: true, temporary: [], thread: stop.change.thread, resume: () => target.step() };
}

/** What the instruction calls has its stack below ours: only the return to this very frame counts. */
async function stepped(context: ShellContext): Promise<RunStep> {
  const { known, target, stop, filters } = context;
  const { contexts, architecture } = known;
  contexts.select(stop.change.processor);
  const pc = contexts.peek(architecture.pc) ?? stop.pc;
  const code = pc === stop.pc ? stop.report.stream : await known.memory.read(pc, LONGEST_INSTRUCTION);
  const { length, returns } = disassemble(code, pc, architecture.bits);
  if (!returns) return traced(context);
  return {
    temporary: temporaryAt(known, pc + BigInt(length)),
    thread: stop.change.thread,
    stackFrom: await contexts.get(architecture.sp),
    resume: () => target.go(filters.handling(stop)),
  };
}

/** `gu`: goes on up to the return from the present function, of this thread and this call. */
export const upCommand: ShellCommand = {
  words: ['gu'],
  async run(context, _word, rest) {
    const count = rest.trim() === '' ? 1 : Number(await evaluate(rest, context));
    if (count < 1 || count > MOST) throw new CommandError(`Range error in '${rest}'`);
    await context.travel(upward, count);
  },
};

async function upward({ known, stacks, target, stop, filters }: ShellContext): Promise<RunStep> {
  const { architecture, contexts } = known;
  contexts.select(stop.change.processor);
  const [frame, caller] = await stacks.walk(2, stop);
  if (!frame || frame.returnAddress === 0n) throw new CommandError('The return address of this function is not known.');
  // Behind the return its own stack is gone: on x86 four bytes above what kd calls ChildEBP, which lies below the return address.
  const stackFrom =
    architecture.bits === 32 ? frame.frameAddress + 8n : (caller?.frameAddress ?? frame.frameAddress + 8n);
  return {
    temporary: temporaryAt(known, frame.returnAddress),
    thread: stop.change.thread,
    stackFrom,
    resume: () => target.go(filters.handling(stop)),
  };
}

/** What other debuggers of this family step by, and this one does not. */
export const noStepCommand: ShellCommand = {
  words: ['pa', 'pc', 'pt', 'ph', 'pct', 'ta', 'tb', 'tc', 'tt', 'th', 'tct', 'wt', 'pr', 'tr'],
  async run(_context, word) {
    throw new CommandError(
      `${word} is not supported by this kd: g ADDRESS goes to a place, gu up, t and p take a count.`,
    );
  },
};
