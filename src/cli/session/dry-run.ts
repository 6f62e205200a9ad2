import type { Launch } from '../../debugger/command-line.js';
import type { KdProgram } from '../../debugger/find-kd.js';
import { redact } from '../../debugger/redact.js';
import { shellWord } from '../../platform/shell-word.js';
import { typedCommands } from '../../session/core/commands.js';
import type { Plan } from '../../session/core/plan.js';

/** What hits are then. */
const BY_TAG = 'every allocation and every free of the tag stops then, whatever its size';

/** What is typed behind the listings depends on them. */
const TOLD_BY_LISTINGS =
  'of the functions that x finds; the filter then prints, at each break, what these listings tell besides the stack:';

/** Everything a session would do, in copy-and-paste form for the shell of this host. Secrets are blanked out. */
export function dryRun(
  launch: Launch,
  plan: Plan,
  program: KdProgram,
  { images, symbolPath }: { readonly images: readonly string[]; readonly symbolPath: string },
): string {
  const windows = process.platform === 'win32';
  const set = ([name, value]: [string, string]) =>
    windows ? `set ${name}=${value}` : `export ${name}=${shellWord(value, 'linux')}`;
  const typed = (words: readonly string[]): string =>
    words.map((word) => shellWord(word, windows ? 'win32' : 'linux')).join(' ');
  const note = windows ? 'rem' : '#';
  const { resolve, breakpoint, hitTag } = typedCommands(plan);
  const both = breakpoint !== undefined && hitTag !== undefined;
  return [
    `${note} kd found by ${program.foundBy}`,
    ...Object.entries(launch.env).map(set),
    ...(images.length > 0 ? [typed(['livedebug', 'symbols', 'fetch', '--symbols', symbolPath, ...images])] : []),
    typed([launch.command, ...launch.args]),
    `${note} when kd is connected: break in (Ctrl+C), then type`,
    ...resolve,
    ...(both ? [`${note} where x finds one of these functions:`] : []),
    ...(breakpoint ? breakpoint.arm : []),
    ...(breakpoint ? breakpoint.x86.map((line) => `${note} x86: ${line}`) : []),
    ...(both ? [`${note} where it finds none of them, and dd shows PoolHitTag; ${BY_TAG}:`] : []),
    ...(hitTag && hitTag.list.length > 0 ? [...hitTag.list, `${note} ${TOLD_BY_LISTINGS}`] : []),
    ...(hitTag ? hitTag.arm : []),
    `${note} to release: break in (Ctrl+C), then type`,
    ...(breakpoint ? breakpoint.clear : []),
    ...(both ? [`${note} or, where PoolHitTag was set:`] : []),
    ...(hitTag ? hitTag.clear : []),
    `${note} and leave with Ctrl+B, Enter`,
    '',
  ]
    .map(redact)
    .join('\n');
}
