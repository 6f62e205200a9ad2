import { CommandError, type ShellCommand, type ShellContext } from '../shell-context.js';

/** `~`: the processors. `~N`: one of them. `~Ns`: looks at another one from now on. `~N command`: for one command. */
export const processorCommand: ShellCommand = {
  words: ['~'],
  async run(context, word, rest) {
    const { view, stop, known } = context;
    const text = `${word.slice(1)} ${rest}`.trim();
    const [, digits, command = ''] = /^(\d+)\s*(.*)$/s.exec(text) ?? [];
    if (digits === undefined && text !== '' && text !== '.' && text !== '*')
      throw new CommandError(`Syntax error at '~${text}'`);
    if (digits === undefined) return list(context, text === '.' ? view.processor : undefined);
    const number = Number(digits);
    if (number >= stop.change.processors) throw new CommandError(`${number} is not a valid processor number`);
    if (command === '') return list(context, number);
    const before = view.processor;
    view.processor = number;
    known.contexts.select(number);
    if (command === 's') return;
    try {
      await context.execute(command);
    } finally {
      if (context.target.stop === stop) {
        view.processor = before;
        known.contexts.select(before);
      }
    }
  },
};

/** `.` stands before the processor that is looked at, `#` before the one that stopped the target. */
async function list({ known, view, stop, symbols, screen }: ShellContext, only: number | undefined): Promise<void> {
  try {
    for (let number = 0; number < stop.change.processors; number++) {
      if (only !== undefined && only !== number) continue;
      known.contexts.select(number);
      const pc = await known.contexts.get(known.architecture.pc);
      const mark = number === view.processor ? '.' : number === stop.change.processor ? '#' : ' ';
      screen.line(`${mark} ${String(number).padStart(2)}  ${(await symbols.nameAt(pc)) ?? `0x${pc.toString(16)}`}`);
    }
  } finally {
    known.contexts.select(view.processor);
  }
}
