import { wordOf } from '../../../kd-text/split-commands.js';
import { CommandError, type ShellCommand, type ShellContext } from '../shell-context.js';
import { baCommand, bcCommand, blCommand, bpCommand } from './breakpoints.js';
import { chooseCommand, ifCommand, printfCommand } from './control.js';
import { bmCommand, buCommand } from './deferred.js';
import { dumpCommand } from './dump.js';
import { enterCommand } from './enter.js';
import { evaluateCommand, formatsCommand } from './evaluate.js';
import { filterCommand } from './filters.js';
import { goCommand, rebootCommand } from './go.js';
import { lmCommand } from './lm.js';
import { crashCommand, msrCommand, portCommand } from './machine.js';
import { registersCommand } from './registers.js';
import { searchCommand } from './search.js';
import { echoCommand, logCommand, processorCommand, quitCommand, vertargetCommand } from './session.js';
import { stackCommand } from './stack.js';
import { noStepCommand, stepCommand, upCommand } from './step.js';
import { examineCommand, nearestCommand, pathCommand, reloadCommand, symCommand } from './symbols.js';
import { unassembleCommand } from './unassemble.js';
import { wireCommand } from './wire.js';

const COMMANDS: readonly ShellCommand[] = [
  ...[goCommand, stepCommand, upCommand, noStepCommand, rebootCommand],
  ...[registersCommand, dumpCommand, enterCommand, searchCommand],
  ...[bpCommand, buCommand, bmCommand, baCommand, blCommand, bcCommand, lmCommand, vertargetCommand],
  ...[msrCommand, portCommand, crashCommand, examineCommand, nearestCommand, reloadCommand],
  ...[pathCommand, symCommand, stackCommand, unassembleCommand, wireCommand],
  ...[ifCommand, chooseCommand, printfCommand, filterCommand],
  ...[evaluateCommand, formatsCommand, echoCommand, quitCommand, logCommand, processorCommand],
];

const BY_WORD = new Map(COMMANDS.flatMap((command) => command.words.map((word) => [word, command] as const)));

/** Runs one command. @throws CommandError in kd's words; LinkError */
export async function runCommand(context: ShellContext, text: string): Promise<void> {
  const { word, rest } = wordOf(text);
  const command = BY_WORD.get(word) ?? (word.startsWith('~') ? processorCommand : undefined);
  if (!command) throw new CommandError(unknownText(word, text));
  await command.run(context, word, rest);
}

function unknownText(word: string, text: string): string {
  if (word.startsWith('!')) return `No export ${word.slice(1)} found`;
  return `Syntax error at '${text}'`;
}
