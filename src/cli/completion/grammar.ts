import type { Command, Option } from 'commander';
import { type CompletionPlace, placeholderOf, placeOfArgument, placeOfOption } from './places.js';
import { plainText } from './plain-text.js';

/** An option as a shell has to know it. */
export interface OptionGrammar {
  /** `--help`, `-h`: the long name first. */
  readonly names: readonly string[];
  readonly summary: string;
  /** Undefined for a switch. */
  readonly value?: {
    readonly name: string;
    readonly place: CompletionPlace;
    readonly optional: boolean;
    readonly many: boolean;
  };
}

export interface OperandGrammar {
  readonly name: string;
  readonly place: CompletionPlace;
  /** Any number of them may follow. */
  readonly many: boolean;
}

/** A command, with those below it. */
export interface CommandGrammar {
  /** `target prepare`; empty for the program itself. */
  readonly path: string;
  /** Its name, and its aliases. */
  readonly names: readonly string[];
  readonly summary: string;
  readonly options: readonly OptionGrammar[];
  readonly operands: readonly OperandGrammar[];
  readonly commands: readonly CommandGrammar[];
  /** What follows the first operand is somebody else's command line. */
  readonly passThrough: boolean;
}

/**
 * Reads what commander knows: every command with its options and arguments, hidden ones left out.
 * @param summaries of the commands at the top, where they are known by shorter words
 */
export function grammarOf(program: Command, summaries: ReadonlyMap<string, string> = new Map()): CommandGrammar {
  return commandGrammar(program, '', [program.name()], summaries);
}

/** A command and all below it, depth first. */
export function* everyCommand(of: CommandGrammar): Generator<CommandGrammar> {
  yield of;
  for (const command of of.commands) yield* everyCommand(command);
}

function commandGrammar(
  command: Command,
  path: string,
  names: readonly string[],
  summaries: ReadonlyMap<string, string>,
): CommandGrammar {
  const help = command.createHelp();
  const visible = help.visibleCommands(command);
  const real = visible.filter((each) => command.commands.includes(each));
  const below = visible.map((each): CommandGrammar => {
    const inner = path === '' ? each.name() : `${path} ${each.name()}`;
    const summary = plainText(summaries.get(inner) ?? help.subcommandDescription(each));
    if (!real.includes(each)) return helpGrammar(inner, each.name(), summary, real);
    return { ...commandGrammar(each, inner, [each.name(), ...each.aliases()], summaries), summary };
  });
  return {
    path,
    names,
    summary: plainText(command.description()),
    commands: below,
    options: help.visibleOptions(command).map(optionGrammar),
    operands: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      place: placeOfArgument(argument),
      many: argument.variadic,
    })),
    // Commander has no getter for it.
    passThrough: '_passThroughOptions' in command && command._passThroughOptions === true,
  };
}

/** `help COMMAND`, which commander adds to whatever has commands: it shows one of those beside it. */
function helpGrammar(path: string, name: string, summary: string, beside: readonly Command[]): CommandGrammar {
  const words = beside.map((each) => each.name());
  const operand: OperandGrammar = { name: 'command', place: { words, files: 'none' }, many: false };
  return { path, names: [name], summary, options: [], operands: [operand], commands: [], passThrough: false };
}

function optionGrammar(option: Option): OptionGrammar {
  const names = [option.long, option.short].filter((name) => typeof name === 'string');
  const base = { names, summary: plainText(option.description) };
  if (!option.required && !option.optional) return base;
  const { optional, variadic: many } = option;
  return { ...base, value: { name: placeholderOf(option), place: placeOfOption(option), optional, many } };
}
