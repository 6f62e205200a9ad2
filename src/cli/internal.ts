import type { Command } from 'commander';

/** Parts of this program that have to be processes of their own. Nobody types them. */
export function define(program: Command): void {
  const internal = program.command('internal', { hidden: true });
  internal
    .command('console-event')
    .argument('<pid>')
    .argument('<event>')
    .action(async (pid: string, event: string) => {
      const { sendConsoleEvent } = await import('../debugger/windows/console-event.js');
      await sendConsoleEvent(Number(pid), event === 'ctrl-c' ? 'ctrl-c' : 'ctrl-break');
    });
  internal
    .command('keep-kd')
    .argument('<pipe>')
    .option('--launch')
    .action(async (pipe: string, { launch }: { launch?: boolean }) => {
      const keeper = await import('../debugger/keeper.js');
      if (launch) keeper.launchKeeper(pipe);
      else await keeper.keepKd(pipe);
    });
}
