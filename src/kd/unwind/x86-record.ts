import type { FpoNote } from './frame.js';
import { runProgram } from './frame-program.js';
import type { FoundRecord, FrameRecord } from './frame-record.js';
import type { ReadStack } from './read-stack.js';
import { type Code86, returned, type State86, sum, type Unwound86, word } from './x86-state.js';

/** Words above its supposed place in which a return address is looked for: arguments that are pushed for a call. */
const SEARCHED = 16;

/** Finds the caller by what the PDB says. Undefined where that leads nowhere; `ebp` frames are not dealt with here. */
export async function unwindByRecord(
  state: State86,
  { record, offset }: FoundRecord,
  code: Code86,
  stack: ReadStack,
): Promise<Unwound86 | undefined> {
  if (state.exact && record.isFunctionStart && offset === 0) return returned(stack, state.esp, state, record.params);
  if (record.program !== undefined && record.program !== '')
    return byProgram(state, record, record.program, code, stack);
  if (record.frame !== 'fpo') return undefined;
  const slot = await searchReturn(state, record, code, stack);
  if (slot === undefined) return undefined;
  let { ebp } = state;
  if (record.usesBp) {
    // Compilers push EBX, EBP, ESI, EDI, as far as they are used.
    const saved = Math.max(record.savedRegisters - 8, 0);
    const value = await word(stack, sum(state.esp, state.calleeParams + saved));
    if (value === undefined) return undefined;
    ebp = value;
  }
  return returned(stack, slot, { ...state, ebp }, record.params);
}

/** What `kv` tells of the record. */
export function fpoNote(record: FrameRecord): FpoNote {
  return {
    params: record.params >>> 2,
    locals: record.locals >>> 2,
    savedRegs: record.savedRegisters >>> 2,
    usesBp: record.usesBp,
    nonFpo: record.frame === 'ebp' || /\$T0 \$ebp\b/.test(record.program ?? ''),
  };
}

async function byProgram(
  state: State86,
  record: FrameRecord,
  program: string,
  code: Code86,
  stack: ReadStack,
): Promise<Unwound86 | undefined> {
  const variables = new Map<string, bigint | undefined>(
    (['eip', 'esp', 'ebp', 'ebx', 'esi', 'edi'] as const).map((name) => [`$${name}`, state[name]]),
  );
  variables.set('.cbLocals', BigInt(record.locals));
  variables.set('.cbSavedRegs', BigInt(record.savedRegisters));
  variables.set('.cbParams', BigInt(record.params));
  variables.set('.cbCalleeParams', BigInt(state.calleeParams));
  const after = await runProgram(program, variables, {
    word: (address) => word(stack, address),
    search: () => searchReturn(state, record, code, stack),
  });
  const [eip, esp] = [after?.get('$eip'), after?.get('$esp')];
  if (!after || eip === undefined || esp === undefined || esp <= state.esp) return undefined;
  const kept = (name: 'ebx' | 'esi' | 'edi') => after.get(`$${name}`);
  return {
    slot: sum(esp, -4),
    caller: {
      eip,
      esp,
      exact: false,
      calleeParams: record.params,
      ebp: after.get('$ebp') ?? state.ebp,
      ebx: kept('ebx'),
      esi: kept('esi'),
      edi: kept('edi'),
    },
  };
}

/** Where the return address lies: above what the function pushed, or the first code address from there on. */
async function searchReturn(
  state: State86,
  record: FrameRecord,
  code: Code86,
  stack: ReadStack,
): Promise<bigint | undefined> {
  const first = sum(state.esp, state.calleeParams + record.locals + record.savedRegisters);
  for (let index = 0; index <= SEARCHED; index++) {
    const slot = sum(first, index * 4);
    const value = await word(stack, slot);
    if (value === undefined) return undefined;
    if (await code.isCode(value)) return slot;
  }
  return undefined;
}
