import type { Handling } from '../../target/resume.js';
import { CommandError, type ShellCommand } from '../shell-context.js';

const HANDLING: Readonly<Record<string, Handling>> = {
  gh: 'handled',
  gn: 'not-handled',
  gN: 'not-handled',
};

/** `g gh gn`: lets the target run. */
export const goCommand: ShellCommand = {
  words: ['g', 'gc', ...Object.keys(HANDLING)],
  async run({ target, filters, stop }, word, rest) {
    if (rest.trim() !== '') throw new CommandError(`Syntax error at '${rest}'`);
    await target.go(HANDLING[word] ?? filters.handling(stop));
  },
};

/** `t`: executes one instruction. */
export const traceCommand: ShellCommand = {
  words: ['t'],
  async run({ target }) {
    await target.step();
  },
};

/** `.reboot`: restarts the target's machine, at once. */
export const rebootCommand: ShellCommand = {
  words: ['.reboot'],
  async run({ target }) {
    await target.reboot();
  },
};
