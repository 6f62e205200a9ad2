import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { commands } from '../../src/cli/commands.js';
import { type Page, ROOT, tokensOf } from './pages.js';

/** A command as a page shows it in a block of shell. */
export interface Shown {
  readonly page: string;
  readonly line: string;
  /** Variables that stand before it. */
  readonly env: Readonly<Record<string, string>>;
  readonly words: readonly string[];
}

/** Every command in the `sh` blocks of a page, one by one, without comments. */
export function shownCommands(page: Page): Shown[] {
  return tokensOf(page, 'code')
    .filter(({ lang }) => lang === 'sh')
    .flatMap(({ text }) => (text as string).split('\n'))
    .flatMap((line) => commandsIn(line).map((words) => shown(page.name, line, words)));
}

function shown(page: string, line: string, words: readonly string[]): Shown {
  const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  const env = Object.fromEntries(words.slice(0, first).map((word) => word.split('=') as [string, string]));
  return { page, line, env, words: words.slice(first) };
}

/** The words of the commands of one line, as a shell reads them: quotes, `&&`, comments. */
export function commandsIn(line: string): string[][] {
  const found: string[][] = [[]];
  for (const [word, single, double] of line.matchAll(/'([^']*)'|"([^"]*)"|[^\s'"]+/g)) {
    if (word.startsWith('#')) break;
    if (word === '&&') found.push([]);
    else found.at(-1)?.push(single ?? double ?? word);
  }
  return found.filter((words) => words.length > 0);
}

/** All of the program's commands, which check their command lines and do nothing. */
async function dryProgram(): Promise<Command> {
  const program = new Command('livedebug').version('0', '-V, --version');
  for (const { load } of commands) (await load()).define(program);
  const idle = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    if (command.commands.length === 0 || command.name() === 'runs') command.action(() => undefined);
    command.commands.forEach(idle);
  };
  idle(program);
  return program;
}

/** Why the program does not take these words; undefined if it does. */
export async function refusal(words: readonly string[]): Promise<string | undefined> {
  try {
    await (await dryProgram()).parseAsync(words, { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    return error instanceof CommanderError ? `${error.code}: ${error.message}` : String(error);
  }
}

/** The long options of all commands. */
export async function allOptions(): Promise<Set<string>> {
  const of = (command: Command): string[] => [
    ...command.options.flatMap(({ long }) => (long === undefined ? [] : [long])),
    ...command.commands.flatMap(of),
  ];
  return new Set([...of(await dryProgram()), '--help', '--version']);
}

/** Why npm cannot run these words here; undefined if it can. */
export async function npmRefusal([, verb = '', ...rest]: readonly string[]): Promise<string | undefined> {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  if (['ci', 'cit', 'install'].includes(verb)) return undefined;
  const name = verb === 'run' ? (rest[0] ?? '') : verb;
  const script = scripts[name];
  if (script === undefined) return `there is no script ${name}`;
  const [, program, ...words] = script.split(' ');
  if (program !== 'dist/main.js') return undefined;
  return refusal([...words, ...rest.slice(rest.indexOf('--') + 1 || rest.length)]);
}
