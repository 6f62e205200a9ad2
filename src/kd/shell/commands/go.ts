import type { Handling } from '../../control/resume/continue-request.js';
import { evaluate } from '../expressions/expression.js';
import { takeExpression } from '../expressions/take-expression.js';
import { temporaryAt } from '../run-control.js';
import { CommandError, type ShellCommand, type ShellContext } from '../shell-context.js';

const HANDLING: Readonly<Record<string, Handling>> = {
  gh: 'handled',
  gn: 'not-handled',
  gN: 'not-handled',
};

/**
 * `g gh gn gc [=start] [address…]`: lets the target run. Addresses are breakpoints up to the next stop, for whichever thread comes
 * first. `gc` goes on from a conditional breakpoint: what the target was on its way to, it is on its way to still.
 */
export const goCommand: ShellCommand = {
  words: ['g', 'gc', ...Object.keys(HANDLING)],
  async run(context, word, rest) {
    const { target, filters, stop, known } = context;
    const handling = HANDLING[word] ?? filters.handling(stop);
    const addresses = await placesIn(context, rest);
    if (addresses.length === 0) await target.go(handling);
    else {
      await context.travel(async () => ({
        temporary: addresses.flatMap((address) => temporaryAt(known, address)),
        resume: () => target.go(handling),
      }));
    }
  },
};

/** Where the target is to stop; sets where it is to start. */
async function placesIn(context: ShellContext, text: string): Promise<bigint[]> {
  const { contexts, architecture } = context.known;
  let rest = text.trim();
  if (rest.startsWith('=')) {
    const start = takeExpression(rest.slice(1));
    if (start.expression === '') throw new CommandError(`Numeric expression missing from '${text}'`);
    await contexts.set({ [architecture.pc]: await evaluate(start.expression, context) });
    rest = start.rest;
  }
  const addresses: bigint[] = [];
  while (rest !== '') {
    const taken = takeExpression(rest);
    if (taken.expression === '') throw new CommandError(`Syntax error at '${rest}'`);
    addresses.push(await evaluate(taken.expression, context));
    rest = taken.rest;
  }
  return addresses;
}

/** `.reboot`: restarts the target's machine, at once. */
export const rebootCommand: ShellCommand = {
  words: ['.reboot'],
  async run({ target }) {
    await target.reboot();
  },
};
