import { type CommandGrammar, everyCommand, type OptionGrammar } from './grammar.js';
import type { CompletionPlace } from './places.js';

/**
 * A completion script for bash 3.2 and later, which needs no package. `COMP_WORDS` has a word apart at every `=` and `:`, so the words
 * are put together again from the line, and what readline does not replace is cut off the answers.
 */
export function bashScript(grammar: CommandGrammar): string {
  const commands = [...everyCommand(grammar)];
  return `# bash completion of livedebug; "livedebug completion bash --help" says how to install it

# What a command has: _commands, _options
_livedebug_command() {
  _commands= _options=
  case $1 in
${commands.map((each) => commandCase(each)).join('\n')}
  esac
}

# The command that a word below a path stands for: _path
_livedebug_below() {
  case "$1 $2" in
${commands.flatMap((each) => each.commands.map((below) => belowCase(each, below))).join('\n')}
    *) return 1 ;;
  esac
}

# What an option takes: _words, _files, _list, _many. False for a switch.
_livedebug_value() {
  _words= _files= _list= _many=
  case "$1 $2" in
${commands.flatMap((each) => each.options.flatMap((option) => valueCase(each, option))).join('\n')}
    *) return 1 ;;
  esac
}

# What the argument of a command at a place, from 0, may be
_livedebug_operand() {
  _words= _files= _list=
  case "$1 $2" in
${commands.flatMap(operandCases).join('\n')}
  esac
}

# A word as it is meant: _plain
_livedebug_dequote() {
  local char quote= i
  _plain=
  for ((i = 0; i < \${#1}; i++)); do
    char=\${1:i:1}
    case $char in
      \\\\) [ "$quote" = "'" ] || char=\${1:$((++i)):1} ;;
      \\" | \\')
        if [ -z "$quote" ]; then quote=$char; continue; fi
        if [ "$quote" = "$char" ]; then quote=; continue; fi ;;
    esac
    _plain+=$char
  done
}

# Answers for a place: what is typed of it so far, and what stands before it in the same word
_livedebug_offer() {
  local _plain before=$2 each folded
  _livedebug_dequote "$1"
  local plain=$_plain
  for each in $_words; do
    [[ $each == "$plain"* ]] && _answers+=("$before$each")
  done
  if [ -n "$_list" ]; then
    while IFS=$'\\t' read -r each folded; do
      [[ -n $each && $each == "$plain"* ]] && _answers+=("$before$each")
    done < <(livedebug completion list "$_list" 2>/dev/null)
  fi
  [ -z "$_files" ] && return
  compopt -o filenames 2>/dev/null
  local home=
  [[ $plain == "~/"* ]] && home=$HOME plain=$HOME\${plain:1}
  while IFS= read -r each; do
    [ -n "$home" ] && each="~\${each#"$home"}"
    _answers+=("$before$each")
  done < <(compgen "$_files" -- "$plain")
}

_livedebug() {
  local line=\${COMP_LINE:0:\${COMP_POINT:-0}} words=() count=0 i word blanks
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    blanks=\${line%%[![:blank:]]*}
    if [ -n "$COMP_LINE" ]; then
      line=\${line#"$blanks"}
      # The rest of the last word stands behind the cursor.
      ((i == COMP_CWORD)) && word=$line
      line=\${line#"$word"}
      if ((i > 0)) && [ -z "$blanks" ]; then
        words[count - 1]+=$word
        continue
      fi
    fi
    words[count++]=$word
  done

  local path= operands=0 option= takes= passed= _path _commands _options _words _files _list _many
  for ((i = 1; i < count - 1; i++)); do
    word=\${words[i]}
    case $takes in
      one) takes= && continue ;;
      many) [[ $word == -?* ]] || continue ;;
    esac
    takes=
    if [ -n "$passed" ]; then ((operands++))
    elif [ "$word" = -- ]; then passed=1
    elif [[ $word == -?* ]]; then
      option=$word
      [[ $word != *=* ]] && _livedebug_value "$path" "$word" && takes=\${_many:-one}
    elif ((operands == 0)) && _livedebug_below "$path" "$word"; then path=$_path
    else
      ((operands++))
      case $path in ${passThrough(commands)}) passed=1 ;; esac
    fi
  done

  local current=\${words[count - 1]} _answers=()
  [[ $takes == many && $current == -* ]] && takes=
  if [ -n "$takes" ]; then
    _livedebug_value "$path" "$option"
    _livedebug_offer "$current" ''
  elif [[ -z $passed && $current == --*=* ]]; then
    _livedebug_value "$path" "\${current%%=*}" && _livedebug_offer "\${current#*=}" "\${current%%=*}="
  else
    _livedebug_command "$path"
    _words= _files= _list=
    if [[ -z $passed && $current == -* ]]; then _words=$_options
    elif [ -z "$passed" ] && ((operands == 0)) && [ -n "$_commands" ]; then _words=$_commands
    else _livedebug_operand "$path" "$operands"
    fi
    _livedebug_offer "$current" ''
  fi

  # readline replaces no more than the last piece of the word.
  local cut=
  [ -n "$COMP_LINE" ] && cut=\${current%"$2"}
  COMPREPLY=()
  for word in "\${_answers[@]}"; do COMPREPLY+=("\${word#"$cut"}"); done
}

complete -F _livedebug livedebug
`;
}

function commandCase({ path, commands, options }: CommandGrammar): string {
  const names = commands.flatMap((each) => each.names).join(' ');
  const flags = options.flatMap((option) => option.names).join(' ');
  return `    ${quoted(path)}) _commands=${quoted(names)} _options=${quoted(flags)} ;;`;
}

function belowCase({ path }: CommandGrammar, below: CommandGrammar): string {
  const words = below.names.map((name) => quoted(`${path} ${name}`)).join(' | ');
  return `    ${words}) _path=${quoted(below.path)} ;;`;
}

function valueCase({ path }: CommandGrammar, { names, value }: OptionGrammar): string[] {
  if (!value || value.optional) return [];
  const words = names.map((name) => quoted(`${path} ${name}`)).join(' | ');
  return [`    ${words}) ${assignments(value.place)}${value.many ? ' _many=many' : ''} ;;`];
}

/** Commands behind whose first operand nothing is ours. */
function passThrough(commands: readonly CommandGrammar[]): string {
  const paths = commands.filter((each) => each.passThrough).map((each) => quoted(each.path));
  return paths.length > 0 ? paths.join(' | ') : "''";
}

function operandCases({ path, operands }: CommandGrammar): string[] {
  return operands.map(({ place, many }, i) => {
    const which = many ? `${quoted(`${path} `)}*` : quoted(`${path} ${i}`);
    return `    ${which}) ${assignments(place)} ;;`;
  });
}

function assignments({ words, files, list }: CompletionPlace): string {
  const kinds = { none: '', files: '-f', directories: '-d' };
  return `_words=${quoted(words.join(' '))} _files=${kinds[files]} _list=${list ?? ''}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
