import { type CommandGrammar, everyCommand, type OptionGrammar } from './grammar.js';
import type { CompletionPlace } from './places.js';

/** A completion script for fish 3. What may come at a place depends on the command that stands before it, values of options passed over. */
export function fishScript(grammar: CommandGrammar): string {
  const commands = [...everyCommand(grammar)];
  const valued = commands.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) => (value && !value.optional ? names.map((name) => `${path} ${name}`) : [])),
  );
  const below = commands.flatMap(({ path, commands }) =>
    commands.flatMap((each) =>
      each.names.map(
        (name) => `        case ${quoted(`${path} ${name}`)}
            echo ${quoted(each.path)}`,
      ),
    ),
  );
  return `# fish completion of livedebug; "livedebug completion fish --help" says how to install it

# The command that a word below a path stands for
function __livedebug_below
    switch "$argv[1] $argv[2]"
${below.join('\n')}
        case '*'
            return 1
    end
end

# Whether an option of a command takes a value
function __livedebug_takes
    contains -- "$argv[1] $argv[2]" \\
${valued.map((each) => `        ${quoted(each)}`).join(' \\\n')}
end

# The command before the cursor, and how many arguments it has so far: "report 1"
function __livedebug_place
    set -l words (commandline -opc)
    set -l path ''
    set -l operands 0
    set -l value no
    set -l passed no
    for word in $words[2..-1]
        if test $value = yes
            set value no
        else if test $passed = yes
            set operands (math $operands + 1)
        else if test "$word" = --
            set passed yes
        else if string match -q -- '-?*' $word
            __livedebug_takes $path $word; and set value yes
        else if test $operands = 0; and set -l deeper (__livedebug_below "$path" $word)
            set path $deeper
        else
            set operands (math $operands + 1)
            contains -- $path ${passThrough(commands)}; and set passed yes
        end
    end
    echo "$path $operands"
end

function __livedebug_at
    string match -qr -- "^$argv[1] \\d+\\$" (__livedebug_place)
end

# An argument of a command at a place, from 0, or at any
function __livedebug_operand
    test "$argv[1] $argv[2]" = (__livedebug_place)
end

function __livedebug_directories
    __fish_complete_directories (string replace -r -- '^--[^=]*=' '' (commandline -ct))
end

complete -c livedebug -e
complete -c livedebug -f
${commands.flatMap(commandLines).join('\n')}
`;
}

function commandLines({ path, commands, options, operands }: CommandGrammar): string[] {
  const at = `-n ${quoted(`__livedebug_at ${quoted(path)}`)}`;
  const first = `-n ${quoted(`__livedebug_operand ${quoted(path)} 0`)}`;
  return [
    ...commands.flatMap(({ names, summary }) =>
      names.map((name) => `complete -c livedebug ${first} -a ${quoted(name)} -d ${quoted(summary)}`),
    ),
    ...options.map((option) => `complete -c livedebug ${at} ${optionWords(option)}`),
    ...operands.flatMap(({ place, many }, i) => {
      const where = many ? at : `-n ${quoted(`__livedebug_operand ${quoted(path)} ${i}`)}`;
      const words = placeWords(place);
      return words === '' ? [] : [`complete -c livedebug ${where} ${words}`];
    }),
  ];
}

function optionWords({ names, summary, value }: OptionGrammar): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  if (!value) return `${flags.join(' ')} -d ${quoted(summary)}`;
  const needs = value.optional ? '' : ' -r';
  return `${flags.join(' ')}${needs} ${placeWords(value.place) || '-f'} -d ${quoted(summary)}`;
}

/** `-F` are files; `-f` keeps them away. */
function placeWords({ words, files, list }: CompletionPlace): string {
  const answers = [
    ...words,
    ...(list ? [`(livedebug completion list ${list} 2>/dev/null)`] : []),
    ...(files === 'directories' ? ['(__livedebug_directories)'] : []),
  ];
  const kinds = files === 'files' ? ['-F'] : answers.length > 0 ? ['-f'] : [];
  return [...kinds, ...(answers.length > 0 ? [`-a ${quoted(answers.join(' '))}`] : [])].join(' ');
}

function passThrough(commands: readonly CommandGrammar[]): string {
  return commands
    .filter((each) => each.passThrough)
    .map((each) => quoted(each.path))
    .join(' ');
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
