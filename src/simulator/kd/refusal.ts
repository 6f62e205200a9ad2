import { formatCommandError, NO_STOP_WARNINGS } from '../../kd-text/command-error.js';
import { resumesTarget } from '../../kd-text/commands.js';
import { commandWord, splitCommands } from '../../kd-text/split-commands.js';
import { executeLine } from './commands/index.js';
import type { CommandOutcome, Kd } from './kd.js';

/** What needs no target. */
const WITHOUT_TARGET = new Set(['.echo', '*', 'q', 'qq', 'qd', '.remote_exit', '.servers', '.clients', '.logopen']);

/**
 * A line that is typed while no target stands, or so kd believes: measured with a client of 10.0.29507 that did not wait for the
 * prompt (`bl`, `x`, `bc *`, `g`). What needs no target is done all the same.
 */
export async function refuseLine(kd: Kd, line: string, from: string): Promise<CommandOutcome> {
  for (const command of splitCommands(line)) {
    if (WITHOUT_TARGET.has(commandWord(command).word)) {
      const outcome = await executeLine(kd, command, from);
      if (outcome !== 'done') return outcome;
      continue;
    }
    for (const warning of NO_STOP_WARNINGS) kd.console.line(warning);
    kd.console.line(errorOf(kd, command));
    return 'error';
  }
  return 'done';
}

function errorOf(kd: Kd, command: string): string {
  if (resumesTarget(command)) return formatCommandError('No runnable debuggees', command, 9);
  return formatCommandError(kd.engine === 'old' ? 'Illegal thread' : 'Illegal process', command, 8);
}
