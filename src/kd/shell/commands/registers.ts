import { evaluate } from '../expressions/expression.js';
import { isTemporary } from '../expressions/pseudo-registers.js';
import { CommandError, type ShellCommand, type ShellContext } from '../shell-context.js';
import { registerLines } from '../text/registers-text.js';
import { placeLines } from '../text/stop-text.js';

function temporaryText({ known, temporaries }: ShellContext, name: string): string {
  const { bits } = known.architecture;
  return BigInt.asUintN(bits, temporaries.get(name) ?? 0n)
    .toString(16)
    .padStart(bits / 4, '0');
}

/** `r`, `r eax`, `r eax,ebx`, `r eax=1`, and so with `$t0` to `$t19`. */
export const registersCommand: ShellCommand = {
  words: ['r'],
  async run(context, _word, rest) {
    const { screen, known, stop } = context;
    const { contexts, architecture } = known;
    // `r? $t0 = …` takes C++ where it differs; numbers and names are the same.
    const text = rest.replace(/^\?/, '').trim();
    // Source: the engine, which shows the code at the program counter again behind all registers, and behind one that was set.
    if (text === '' || text.includes('=')) context.code.stop = undefined;
    if (text === '') {
      const values = await contexts.general();
      screen.lines(registerLines(architecture, values));
      const pc = values.get(architecture.pc) ?? stop.pc;
      screen.lines(await placeLines(context, pc, pc === stop.pc ? stop.report.stream : Buffer.alloc(0)));
      return;
    }
    const shown: string[] = [];
    for (const part of text.split(',')) {
      const [name = '', value] = part.split(/=(.*)/s).map((each) => each.trim().replace(/^@/, ''));
      const register = name.toLowerCase();
      if (isTemporary(register)) {
        if (value !== undefined) context.temporaries.set(register, await evaluate(value, context));
        else shown.push(`${register}=${temporaryText(context, register)}`);
        continue;
      }
      const place = architecture.registers.get(register);
      if (!place) throw new CommandError(`Bad register error at '${name}'`);
      if (value !== undefined) await contexts.set({ [register]: await evaluate(value, context) });
      else {
        if (contexts.peek(register) === undefined) await context.stacks.registers(register);
        shown.push(`${register}=${(await contexts.get(register)).toString(16).padStart(place.bytes * 2, '0')}`);
      }
    }
    if (shown.length > 0) screen.line(shown.join(' '));
  },
};
