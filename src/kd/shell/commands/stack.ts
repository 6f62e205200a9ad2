import { formatAddress } from '../../../kd-text/address.js';
import { NOT_READ } from '../../../kd-text/frames/known-stacks.js';
import { formatStackText } from '../../../kd-text/frames/stack-text.js';
import { namesAlone, parseStackWord, withMemory } from '../../../kd-text/frames/stack-word.js';
import type { Frame } from '../../unwind/frame.js';
import type { TakenStack } from '../../unwind/known-stacks.js';
import { evaluate } from '../expressions/expression.js';
import { CommandError, type ShellCommand } from '../shell-context.js';
import { addressText } from '../text/place-text.js';

/** Shown when nothing says how many, as the engine of today does; kd of old showed 20. */
const DEFAULT_FRAMES = 0x100;
const MOST_FRAMES = 0xffff;

/** `k kb kc kv kn kp [count]`: the stack. Letters may be joined, in any order: `kbn`, `knf`, `kL`. */
export const stackCommand: ShellCommand = {
  words: ['k', 'kb', 'kc', 'kv', 'kn', 'kp', 'kf', 'kbn', 'knf', 'kL'],
  async run(context, word, rest) {
    const { known, symbols, stacks, stop, screen } = context;
    const form = parseStackWord(word);
    if (!form) throw new CommandError(`Syntax error at '${word}'`);
    const limit = rest.trim() === '' ? DEFAULT_FRAMES : Number(await evaluate(rest, context));
    if (limit < 1 || limit > MOST_FRAMES) throw new CommandError(`Range error in '${rest}'`);
    const unattended = rest.trim() === '' && !context.attended;
    const { frames, from } = await (unattended
      ? stacks.walkUnattended(limit, stop)
      : allRead(stacks.walk(limit, stop)));
    const names = new Map<bigint, string>();
    for (const { pc } of frames) {
      const name = await symbols.nameAt(pc);
      if (name !== undefined) names.set(pc, name);
    }
    const bits = known.architecture.bits;
    if (form.bare) {
      const sites = frames.map(({ pc }) => names.get(pc) ?? `0x${formatAddress(addressText(pc), bits)}`);
      screen.lines(namesAlone(sites, form.numbered));
      return;
    }
    const { kind, numbered } = form;
    const lines = formatStackText(frames, { kind, bits, numbered, symbolOf: (pc) => names.get(pc) });
    const shown = form.memory ? withMemory(lines, frames) : lines;
    // What it counts from its end on are the frames alone.
    if (from < frames.length) shown.splice(from - frames.length, 0, NOT_READ);
    screen.lines(shown);
  },
};

async function allRead(walk: Promise<Frame[]>): Promise<TakenStack> {
  const frames = await walk;
  return { frames, from: frames.length };
}
