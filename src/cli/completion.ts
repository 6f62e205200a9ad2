import { Argument, type Command } from 'commander';
import { commands } from './commands.js';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

export function define(program: Command): void {
  program
    .command('completion')
    .description('a completion script for your shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', '\nExample:\n  livedebug completion bash >> ~/.bashrc\n')
    .action(async (shell: (typeof SHELLS)[number]) => {
      process.stdout.write(SCRIPTS[shell](await wordsOf(program)));
    });
}

/** After which words may which words come: `''` the commands, `start` its options, `target prepare` its options. */
type Words = ReadonlyMap<string, readonly string[]>;

async function wordsOf(program: Command): Promise<Words> {
  const { Command: Fresh } = await import('commander');
  const whole = new Fresh(program.name());
  for (const entry of commands) (await entry.load()).define(whole);
  const words = new Map<string, readonly string[]>([['', whole.commands.map((each) => each.name())]]);
  for (const command of whole.commands) collect(command, command.name(), words);
  return words;
}

function collect(command: Command, path: string, words: Map<string, readonly string[]>): void {
  const options = command.options.map((option) => option.long).filter((long) => typeof long === 'string');
  words.set(path, [...command.commands.map((each) => each.name()), ...options, '--help']);
  for (const each of command.commands) collect(each, `${path} ${each.name()}`, words);
}

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], (words: Words) => string>> = {
  bash: (words) => `_livedebug() {
  local path="\${COMP_WORDS[*]:1:COMP_CWORD-1}" words
  case "$path" in
${cases(words)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _livedebug livedebug
`,
  zsh: (words) => `autoload -U +X bashcompinit && bashcompinit\n${SCRIPTS.bash(words)}`,
  fish: (words) =>
    `${[...words]
      .map(([path, next]) => {
        const seen = path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.split(' ').at(-1)}`;
        return `complete -c livedebug -n '${seen}' -a '${next.join(' ')}'`;
      })
      .join('\n')}\n`,
  powershell: (words) => `Register-ArgumentCompleter -Native -CommandName livedebug -ScriptBlock {
  param($word, $ast, $cursor)
  $words = @{
${[...words].map(([path, next]) => `    '${path}' = '${next.join(' ')}'`).join('\n')}
  }
  $path = ($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" } | Where-Object { $_ -ne $word }) -join ' '
  while ($path -and -not $words.ContainsKey($path)) { $path = ($path -replace '\\s*\\S+$', '') }
  $words[$path] -split ' ' | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`,
};

// The longest path first: `target prepare …` is not `target …`.
function cases(words: Words): string {
  return [...words]
    .sort(([a], [b]) => b.length - a.length)
    .map(([path, next]) => `    ${path === '' ? '""' : `"${path}"*`}) words="${next.join(' ')}" ;;`)
    .join('\n');
}
