import { Command } from 'commander';
import { type CommandEntry, commands } from './commands.js';

const examples = `Examples:
  livedebug rehearse                                  the whole job, simulated
  livedebug target prepare --tag Ddk --os vista+      scripts for the target
  livedebug start --tag Ddk --port com1               the live session
  livedebug stop                                      release, from any terminal
  livedebug report debug.log                          who allocated the tag
  livedebug rescue --port com1                        free a frozen target
`;

/**
 * Builds the program for one command line: only the command that is asked for is loaded,
 * all others are known by name and summary.
 */
export async function buildProgram(argv: readonly string[], version: string): Promise<Command> {
  const program = new Command('livedebug')
    .description('Find out who allocates a leaking pool tag, live, over a kernel debugger, and put the target back.')
    .version(version, '-V, --version')
    .showHelpAfterError('(livedebug --help shows examples; livedebug COMMAND --help shows its options)')
    .addHelpText('before', examples);
  const words = argv.filter((word) => !word.startsWith('-'));
  // `help start` shows what `start --help` does.
  const wanted = words[0] === 'help' ? words[1] : words[0];
  for (const entry of commands) await add(program, entry, entry.name === wanted);
  return program;
}

async function add(program: Command, entry: CommandEntry, load: boolean): Promise<void> {
  if (load) (await entry.load()).define(program);
  else program.command(entry.name).description(entry.summary);
}
