import { formatStackText, type StackKind } from '../../../kd-text/stack-text.js';
import { evaluate } from '../expression.js';
import { CommandError, type ShellCommand } from '../shell-context.js';

/** Shown when nothing says how many, as the engine of today does; kd of old showed 20. */
const DEFAULT_FRAMES = 0x100;
const MOST_FRAMES = 0xffff;

/** `k kb kv kn kp [count]`: the stack. Letters may be joined: `kbn`. */
export const stackCommand: ShellCommand = {
  words: ['k', 'kb', 'kv', 'kn', 'kp', 'kbn', 'knb', 'kvn'],
  async run(context, word, rest) {
    const { known, symbols, stacks, stop, screen } = context;
    const limit = rest.trim() === '' ? DEFAULT_FRAMES : Number(await evaluate(rest, context));
    if (limit < 1 || limit > MOST_FRAMES) throw new CommandError(`Range error in '${rest}'`);
    const frames = await stacks.walk(limit, stop);
    const names = new Map<bigint, string>();
    for (const { pc } of frames) {
      const name = await symbols.nameAt(pc);
      if (name !== undefined) names.set(pc, name);
    }
    const kind = (['kb', 'kv', 'kp'] as const).find((each) => word.includes(each[1] as string)) ?? 'k';
    screen.lines(
      formatStackText(frames, {
        ...{ kind: kind satisfies StackKind, bits: known.architecture.bits },
        numbered: word.includes('n'),
        symbolOf: (pc) => names.get(pc),
      }),
    );
  },
};
