import type { Argument, Option } from 'commander';
import { BREAK_IN_WAYS } from '../../debugger/break-in-ways.js';
import { scenarioNames } from '../../simulator/kd/scenario/scenario-load.js';
import { scriptNames } from '../../simulator/stub/script/script-load.js';
import { BAUDS } from '../commands/target-options.js';
import type { HostList } from './lists.js';

/** What may stand where a value is expected. All empty: free text, for which nothing is offered. */
export interface CompletionPlace {
  readonly words: readonly string[];
  readonly files: 'none' | 'files' | 'directories';
  /** What only this host knows: asked for at the time of completion. */
  readonly list?: HostList;
}

const FREE: CompletionPlace = { words: [], files: 'none' };
const FILES: CompletionPlace = { words: [], files: 'files' };
const DIRECTORIES: CompletionPlace = { words: [], files: 'directories' };
/** A log is named by its file, its run directory, or its run. */
const LOGS: CompletionPlace = { words: [], files: 'files', list: 'runs' };

/** What the word in the brackets of an option or argument stands for: `--out <file>`. */
const BY_PLACEHOLDER: Readonly<Record<string, CompletionPlace>> = {
  file: FILES,
  'file.cmd': FILES,
  image: FILES,
  args: FILES,
  dir: DIRECTORIES,
  log: LOGS,
  before: LOGS,
  after: LOGS,
  run: { words: [], files: 'none', list: 'orphans' },
  profile: { words: [], files: 'none', list: 'profiles' },
  session: { words: [], files: 'none', list: 'sessions' },
};

/** Options whose placeholder says less than their name. */
const BY_NAME: Readonly<Record<string, () => CompletionPlace>> = {
  kd: () => ({
    words: ['builtin', 'builtin:careful', 'builtin:code-slack', 'sim', ...scenarioNames().map((name) => `sim:${name}`)],
    files: 'files',
  }),
  log: () => FILES,
  profile: () => ({ words: [], files: 'none', list: 'profiles' }),
  scenario: () => ({ words: scenarioNames(), files: 'files' }),
  symbols: () => DIRECTORIES,
  port: () => ({ words: ['com1', 'com2', 'com3', 'com4'], files: 'files' }),
  baud: () => ({ words: BAUDS, files: 'none' }),
  break: () => ({ words: ['enter', 'connected', 'now'], files: 'none' }),
  breakBy: () => ({ words: BREAK_IN_WAYS, files: 'none' }),
};

/** What may stand behind an option that takes a value. */
export function placeOfOption(option: Option): CompletionPlace {
  const choices = option.argChoices;
  if (choices) return { words: choices, files: 'none' };
  const placeholder = placeholderOf(option);
  if (option.attributeName() === 'script' && placeholder === 'name') return { words: scriptNames(), files: 'files' };
  return BY_NAME[option.attributeName()]?.() ?? BY_PLACEHOLDER[placeholder] ?? FREE;
}

/** What an argument of a command may be. */
export function placeOfArgument(argument: Argument): CompletionPlace {
  const choices = argument.argChoices;
  return choices ? { words: choices, files: 'none' } : (BY_PLACEHOLDER[argument.name()] ?? FREE);
}

/** `file` of `--map <file>`, `image` of `--image <image...>`. */
export function placeholderOf(option: Option): string {
  return /[<[]([^>\]]+?)(?:\.\.\.)?[>\]]/.exec(option.flags)?.[1] ?? '';
}
