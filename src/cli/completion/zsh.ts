import { type CommandGrammar, everyCommand, type OptionGrammar } from './grammar.js';
import type { CompletionPlace } from './places.js';

/** A completion script for zsh: one function per command, all by `_arguments`. For a folder of `fpath`, or to be sourced. */
export function zshScript(grammar: CommandGrammar): string {
  const commands = [...everyCommand(grammar)];
  const places = commands.flatMap(placesOf).filter((place) => action(place) === placeName(place));
  const functions = new Set([...places.map(placeFunction), ...commands.map(commandFunction)]);
  return `#compdef livedebug
# zsh completion of livedebug; "livedebug completion zsh --help" says how to install it

_livedebug_list() {
  # The caller puts options of compadd before it.
  local line kind=\${@[-1]}
  local -a found
  for line in "\${(@f)$(_call_program $kind livedebug completion list $kind 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -t $kind $kind found
}

${[...functions].join('\n')}
if [ "$funcstack[1]" = _livedebug ]; then _livedebug "$@"
else compdef _livedebug livedebug
fi
`;
}

function commandFunction(command: CommandGrammar): string {
  const { path, commands, options, operands } = command;
  const specs = options.map(optionSpec);
  const positional = operands.map(
    ({ name, place, many }, i) => `${quoted(`${many ? '*' : i + 1}:${message(name)}:${action(place)}`)}`,
  );
  if (commands.length === 0) return functionText(path, ['_arguments -s -S', ...specs, ...positional]);
  const below = [quoted('1: :->command'), quoted('*:: :->rest')];
  const named = commands.flatMap((each) => each.names.map((name) => `${name}:${each.summary.replaceAll(':', '\\:')}`));
  const cases = commands.map((each) => `      ${each.names.join('|')}) ${nameOf(each.path)} ;;`);
  return `${nameOf(path)}() {
  local curcontext="$curcontext" state line
  local -a named
  named=(
${named.map((each) => `    ${quoted(each)}`).join('\n')}
  )
  _arguments -C -S \\
${[...specs, ...below].map((each) => `    ${each}`).join(' \\\n')}
  case $state in
    command) _describe -t commands command named ;;
    rest) case $line[1] in
${cases.join('\n')}
    esac ;;
  esac
}
`;
}

function functionText(path: string, [first, ...specs]: readonly (string | undefined)[]): string {
  return `${nameOf(path)}() {
  ${[first, ...specs.map((each) => `  ${each}`)].join(' \\\n  ')}
}
`;
}

/** `'--top=[how many to show]:n: '`; of a short name and a long one only the first counts. */
function optionSpec({ names, summary, value }: OptionGrammar): string {
  const text = `[${summary.replace(/[\\\]]/g, '\\$&')}]`;
  if (!value) {
    const [long = '', short] = names;
    return short === undefined
      ? quoted(`${long}${text}`)
      : `${quoted(`(${names.join(' ')})`)}{${names.join(',')}}${quoted(text)}`;
  }
  const behind = `:${value.optional ? ':' : ''}${message(value.name)}:${action(value.place)}`;
  // One that takes any word may be given again.
  const again = value.place.words.length === 0 ? '*' : '';
  return quoted(`${again}${names[0]}=${text}${behind}`);
}

/** What `_arguments` does at a place; a blank is nothing. */
function action(place: CompletionPlace): string {
  const { words, files, list } = place;
  if (list || (words.length > 0 && files !== 'none')) return placeName(place);
  if (words.length > 0) return `(${words.join(' ')})`;
  return { none: ' ', files: '_files', directories: '_path_files -/' }[files];
}

/** A place where several kinds of words may stand has a function of its own: quoted within an action, they would be read twice. */
function placeFunction(place: CompletionPlace): string {
  const { words, files, list } = place;
  const ways = [
    ...(words.length > 0 ? [`words:word:(${words.join(' ')})`] : []),
    ...(list ? [`${list}:${list}:_livedebug_list ${list}`] : []),
    ...(files === 'none' ? [] : [`files:file:${files === 'files' ? '_files' : '_path_files -/'}`]),
  ];
  return `${placeName(place)}() {\n  _alternative ${ways.map(quoted).join(' ')}\n}\n`;
}

/** The same place has the same name. */
function placeName({ words, files, list }: CompletionPlace): string {
  const first = words[0]?.replace(/\W/g, '_');
  return ['_livedebug', list, first, files === 'none' ? undefined : files]
    .filter((each) => each !== undefined)
    .join('-');
}

function placesOf({ options, operands }: CommandGrammar): CompletionPlace[] {
  return [...options.flatMap(({ value }) => (value ? [value.place] : [])), ...operands.map(({ place }) => place)];
}

function message(name: string): string {
  return name.replaceAll(':', '\\:');
}

function nameOf(path: string): string {
  return path === '' ? '_livedebug' : `_livedebug_${path.replaceAll(/[ -]/g, '_')}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
