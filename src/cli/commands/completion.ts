import { Argument, type Command } from 'commander';
import { commands } from '../commands.js';
import type { CommandGrammar } from '../completion/grammar.js';
import { type CompletionShell, INSTALL, SHELLS } from '../completion/install.js';
import { HOST_LISTS, type HostList, hostList } from '../completion/lists.js';

/** `livedebug completion bash|zsh|fish|powershell` */
export function define(program: Command): void {
  const completion = program
    .command('completion')
    .description('a completion script for your shell')
    .addHelpText(
      'after',
      '\n"livedebug completion SHELL --help" says how to install it.\n\nExample:\n  livedebug completion bash --help\n',
    )
    .showHelpAfterError();
  for (const shell of SHELLS)
    completion
      .command(shell)
      .description(`the script for ${INSTALL[shell].name}`)
      .addHelpText('after', `\n${INSTALL[shell].text}`)
      .action(async () => {
        process.stdout.write((await writerOf(shell))(await wholeGrammar(program)));
      });
  // What the scripts ask while somebody waits at the tab key: it loads no more than it needs.
  completion
    .command('list', { hidden: true })
    .addArgument(new Argument('<what>').choices(HOST_LISTS))
    .action(async (what: HostList) => {
      process.stdout.write(await hostList(what));
    });
}

/** Every command with all that belongs to it; the program itself has loaded one of them only. */
async function wholeGrammar(program: Command): Promise<CommandGrammar> {
  const { Command: Fresh } = await import('commander');
  const { grammarOf } = await import('../completion/grammar.js');
  const whole = new Fresh(program.name());
  for (const option of program.options) whole.addOption(option);
  for (const entry of commands) (await entry.load()).define(whole);
  return grammarOf(whole, new Map(commands.map(({ name, summary }) => [name, summary])));
}

async function writerOf(shell: CompletionShell): Promise<(grammar: CommandGrammar) => string> {
  switch (shell) {
    case 'bash':
      return (await import('../completion/bash.js')).bashScript;
    case 'zsh':
      return (await import('../completion/zsh.js')).zshScript;
    case 'fish':
      return (await import('../completion/fish.js')).fishScript;
    case 'powershell':
      return (await import('../completion/powershell.js')).powershellScript;
  }
}
