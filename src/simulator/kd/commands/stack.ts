import {
  DIALECTS,
  dialectOf,
  formatStack,
  type StackDialect,
  type StackFrame,
} from '../../../kd-text/frames/frames.js';
import { parseStackWord, withMemory } from '../../../kd-text/frames/stack-word.js';
import type { CommandOutcome, Kd } from '../kd.js';
import { seenStack } from '../scenario/known-names.js';
import type { Command } from './index.js';

const forms = ['k', 'kb', 'kv', 'kn', 'kp', 'kc', 'kbn', 'kvn', 'kpn', 'kL', 'kbL', 'kP', 'kD'];

/** k and its relatives: the stack of the thread that the target stopped in. */
export const stackCommands: Readonly<Record<string, Command>> = Object.fromEntries(
  forms.flatMap((form): [string, Command][] => [
    [form, stack],
    [form.toLowerCase(), stack],
  ]),
);

async function stack(kd: Kd, rest: string, _from: string, word: string): Promise<CommandOutcome> {
  await kd.needSymbols('nt');
  const { frames: all, warning } = seenStack(kd, kd.stop?.frames ?? []);
  const frames = all.slice(0, depthOf(rest));
  const plain = formatStack(frames, dialectFor(kd, word));
  const places = frames.map(({ child = '0' }) => ({ frameAddress: BigInt(`0x${child}`) }));
  const [header = '', ...lines] = parseStackWord(word)?.memory ? withMemory(plain, places) : plain;
  kd.console.line(header);
  for (const [index, line] of lines.entries()) {
    if (warning?.before === index) kd.console.line(warning.text);
    await kd.spend('k', 1 / lines.length);
    // A press on the hit before comes to this one at its first frame.
    if (kd.cutNext && index === 0 && kd.scenario.kd.cut === 'first-frame') kd.cut = true;
    kd.console.line(kd.cut ? cutLine(kd, word, frames[index] as StackFrame) : line);
    if (kd.cut) return 'error';
  }
  return 'done';
}

/** A break-in cuts a stack: the frame that is at work comes without what would be read for it, and none behind it. */
function cutLine(kd: Kd, word: string, { site, child }: StackFrame): string {
  const bare = { site, inline: false, ...(child !== undefined && { child }) };
  return formatStack([bare], dialectFor(kd, word))[1] ?? '';
}

function depthOf(rest: string): number {
  const depth = /^(?:=\S+\s+)?(?:0n(\d+)|(?:0x)?([0-9a-f]+))\s*$/i.exec(rest.trim());
  if (!depth) return 0x14;
  return depth[1] === undefined ? Number.parseInt(depth[2] ?? '14', 16) : Number(depth[1]);
}

/** The form in which this kd prints the stack that `word` asks for. */
export function dialectFor(kd: Kd, word: string): StackDialect {
  const { stack } = kd.scenario.kd;
  const { bits } = kd.symbols;
  const numbered = stack !== 'plain' || word.includes('n');
  if (word.startsWith('kc'))
    return bits === 32 ? DIALECTS.x86KcNumbered : DIALECTS[numbered ? 'x64KcNumbered' : 'x64Kc'];
  if (bits === 64 && word.startsWith('kb') && stack === 'no-args') return DIALECTS.x64KbNoArgs;
  const kind = (['kb', 'kv'] as const).find((each) => word.startsWith(each)) ?? 'k';
  return dialectOf({ bits, kind, numbered, wide: kd.engine === 'today' });
}
