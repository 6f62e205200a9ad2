import { ExpressionError } from '../../../kd-text/expression.js';
import { parseStackWord } from '../../../kd-text/frames/stack-word.js';
import { commandWord, splitCommands } from '../../../kd-text/split-commands.js';
import type { CommandOutcome, Kd } from '../kd.js';
import { breakpointCommands } from './breakpoints.js';
import { choiceCommands } from './choice.js';
import { exceptionCommands } from './exceptions.js';
import { goCommands } from './go.js';
import { memoryCommands } from './memory.js';
import { outputCommands } from './output.js';
import { sessionCommands } from './session.js';
import { stackCommands } from './stack.js';
import { symbolCommands } from './symbols.js';
import { targetCommands } from './target.js';

/** Carries out one command. @param rest what follows its word. @param from who typed it */
export type Command = (kd: Kd, rest: string, from: string, word: string) => Promise<CommandOutcome> | CommandOutcome;

/** Carries out commands as if they stood in place of the present one. */
export type Execute = (kd: Kd, line: string, from: string) => Promise<CommandOutcome>;

const table: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    ...breakpointCommands(executeLine),
    ...choiceCommands(executeLine),
    ...exceptionCommands,
    ...goCommands,
    ...memoryCommands,
    ...outputCommands,
    ...sessionCommands,
    ...stackCommands,
    ...symbolCommands,
    ...targetCommands,
  }),
);

/** Carries out a command line, command by command; an error, a resuming command or an end drops the rest of it. */
export async function executeLine(kd: Kd, line: string, from: string): Promise<CommandOutcome> {
  for (const command of splitCommands(line)) {
    if (kd.cut) return 'error';
    const outcome = await executeCommand(kd, command, from);
    if (outcome !== 'done') return outcome;
  }
  return 'done';
}

async function executeCommand(kd: Kd, command: string, from: string): Promise<CommandOutcome> {
  const { word, rest } = commandWord(command);
  const handler = table.get(word) ?? table.get(word.toLowerCase()) ?? byItsLetters(word);
  try {
    if (handler) return await handler(kd, rest, from, word.toLowerCase());
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    kd.console.line(error.message);
    return 'error';
  }
  return unknown(kd, command, word);
}

/** Commands whose words have letters in any order. */
function byItsLetters(word: string): Command | undefined {
  return table.get(/^lm/.test(word) ? 'lm' : parseStackWord(word) ? 'k' : '');
}

function unknown(kd: Kd, command: string, word: string): CommandOutcome {
  if (word.startsWith('!')) kd.console.line(`No export ${word.slice(1)} found`);
  else if (/^~\d*$/.test(command)) return switchProcessor(kd, command);
  else if (/^\d+$/.test(command)) kd.console.line(`                ^ Syntax error in '${command}'`);
  else if (word.startsWith('.')) kd.console.line(`                ^ Unrecognized command in '${command}'`);
  else kd.console.line(`${' '.repeat(kd.prompt.length)}^ Syntax error in '${command}'`);
  return 'error';
}

function switchProcessor(kd: Kd, command: string): CommandOutcome {
  const wanted = Number(command.slice(1));
  if (wanted >= kd.scenario.target.processors) {
    kd.console.line(`                ^ Illegal processor error in '${command}'`);
    return 'error';
  }
  kd.processor = wanted;
  return 'done';
}
