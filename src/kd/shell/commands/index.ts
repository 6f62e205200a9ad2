import { parseStackWord } from '../../../kd-text/frames/stack-word.js';
import { commandWord } from '../../../kd-text/split-commands.js';
import { CommandError, type ShellCommand, type ShellContext } from '../shell-context.js';
import { baCommand, bcCommand, blCommand, bpCommand } from './breakpoints.js';
import { chooseCommand, ifCommand, printfCommand } from './control.js';
import { bmCommand, buCommand } from './deferred.js';
import { dumpCommand } from './dump.js';
import { enterCommand } from './enter.js';
import { formatsCommand } from './evaluate.js';
import { filterCommand } from './filters.js';
import { goCommand, rebootCommand } from './go.js';
import { helpCommand, missingCommand } from './help.js';
import { lmCommand } from './lm.js';
import { logCommand } from './log.js';
import { crashCommand, msrCommand, portCommand } from './machine.js';
import { poolUsedCommand } from './poolused.js';
import { processorCommand } from './processor.js';
import { registersCommand } from './registers.js';
import { searchCommand } from './search.js';
import {
  clearCommand,
  echoCommand,
  lastEventCommand,
  machineTypeCommand,
  quitCommand,
  timeCommand,
  vertargetCommand,
} from './session.js';
import { stackCommand } from './stack.js';
import { noStepCommand, stepCommand, upCommand } from './step.js';
import { examineCommand, nearestCommand, pathCommand, reloadCommand, symCommand, symfixCommand } from './symbols.js';
import { unassembleCommand, unassembleFunctionCommand } from './unassemble.js';
import { wireCommand } from './wire.js';

const COMMANDS: readonly ShellCommand[] = [
  goCommand,
  stepCommand,
  upCommand,
  noStepCommand,
  rebootCommand,
  registersCommand,
  dumpCommand,
  enterCommand,
  searchCommand,
  bpCommand,
  buCommand,
  bmCommand,
  baCommand,
  blCommand,
  bcCommand,
  lmCommand,
  vertargetCommand,
  msrCommand,
  portCommand,
  crashCommand,
  examineCommand,
  nearestCommand,
  reloadCommand,
  pathCommand,
  symfixCommand,
  symCommand,
  stackCommand,
  wireCommand,
  poolUsedCommand,
  unassembleCommand,
  unassembleFunctionCommand,
  ifCommand,
  chooseCommand,
  printfCommand,
  filterCommand,
  helpCommand,
  formatsCommand,
  echoCommand,
  quitCommand,
  logCommand,
  processorCommand,
  timeCommand,
  lastEventCommand,
  machineTypeCommand,
  clearCommand,
  missingCommand,
];

const BY_WORD = new Map(COMMANDS.flatMap((command) => command.words.map((word) => [word, command] as const)));

/** Runs one command. @throws CommandError in kd's words; LinkError */
export async function runCommand(context: ShellContext, text: string): Promise<void> {
  const { word, rest } = commandWord(text);
  const command = BY_WORD.get(word) ?? byItsLetters(word);
  if (/^\$\$?[<>]/.test(word))
    throw new CommandError(
      `Scripts are not run by ${word.slice(0, word.search(/[^$<>]|$/))} here; give the file to kd with -cf, or type its lines.`,
    );
  if (!command) throw new CommandError(unknownText(word, text));
  await command.run(context, word, rest);
}

/** Commands whose words have letters in any order. */
function byItsLetters(word: string): ShellCommand | undefined {
  if (word.startsWith('~')) return processorCommand;
  if (/^lm/.test(word)) return lmCommand;
  return parseStackWord(word) ? stackCommand : undefined;
}

/** Every word that begins a command here. */
export function commandWords(): readonly string[] {
  return COMMANDS.filter((command) => command !== missingCommand && command !== noStepCommand).flatMap(
    ({ words }) => words,
  );
}

const NO_EXTENSIONS =
  'Of kd’s extensions this kd has !poolused and !sym. Memory and names: d* s x ln; where the processors stand: k r ~; Microsoft’s kd has the rest.';

function unknownText(word: string, text: string): string {
  if (word.startsWith('!')) return `No export ${word.slice(1)} found\n${NO_EXTENSIONS}`;
  return `Syntax error at '${text}'`;
}
