import { Argument, Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { commands } from '../../../src/cli/commands.js';
import { everyCommand, grammarOf } from '../../../src/cli/completion/grammar.js';
import { plainText } from '../../../src/cli/completion/plain-text.js';
import { powershellScript } from '../../../src/cli/completion/powershell.js';

async function whole(): Promise<Command> {
  const program = new Command('livedebug');
  for (const entry of commands) (await entry.load()).define(program);
  return program;
}

describe('the grammar of a command line', () => {
  const program = new Command('x').helpCommand(true);
  const inner = program
    .command('inner')
    .alias('in')
    .description('An inner one. With more to say.')
    .addArgument(new Argument('<shape>').choices(['round', 'square']))
    .argument('[log...]')
    .addOption(new Option('-f, --format <form>', 'how to show it').choices(['text', 'md']))
    .option('--out <dir>', 'where')
    .option('--image <file...>', 'images')
    .option('--quiet', 'say less')
    .addOption(new Option('--secret').hideHelp());
  inner.command('deep', { hidden: true });
  const grammar = grammarOf(program, new Map([['inner', 'in short']]));
  const [of] = grammar.commands;

  it('is what commander knows, without what it hides', () => {
    expect(grammar.commands.map(({ path }) => path)).toEqual(['inner', 'help']);
    expect(of).toMatchObject({ path: 'inner', names: ['inner', 'in'], summary: 'in short', passThrough: false });
    expect(of?.options.map(({ names }) => names)).toEqual([
      ['--format', '-f'],
      ['--out'],
      ['--image'],
      ['--quiet'],
      ['--help', '-h'],
    ]);
    expect(of?.commands.map(({ path }) => path)).not.toContain('inner deep');
  });

  it('says what may stand where', () => {
    const value = (name: string) => of?.options.find(({ names }) => names.includes(name))?.value;
    expect(value('--format')).toMatchObject({ place: { words: ['text', 'md'], files: 'none' }, many: false });
    expect(value('--out')?.place.files).toBe('directories');
    expect(value('--image')).toMatchObject({ place: { files: 'files' }, many: true });
    expect(value('--quiet')).toBeUndefined();
    expect(of?.operands).toMatchObject([
      { place: { words: ['round', 'square'] }, many: false },
      { place: { files: 'files', list: 'runs' }, many: true },
    ]);
    expect(grammar.commands[1]?.operands[0]?.place.words).toEqual(['inner']);
  });

  it('has every command of the program, each option with words that say what it is', async () => {
    const all = [...everyCommand(grammarOf(await whole()))];
    expect(all.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['start', 'target prepare', 'target help', 'symbols fetch', 'completion zsh', 'help']),
    );
    for (const { path, options } of all)
      for (const { names, summary } of options) {
        expect(names[0], path).toMatch(/^--\w/);
        expect(summary, `${path} ${names[0]}`).not.toBe('');
      }
    const passed = all.filter((each) => each.passThrough).map(({ path }) => path);
    expect(passed).toEqual(expect.arrayContaining(['kd', 'simulate kd']));
  });
});

describe('a description', () => {
  it.each([
    ['Microsoft’s “own”, …', 'Microsoft\'s "own", ...'],
    ['The first. The second.', 'The first'],
    ['e.g. one', 'e.g. one'],
    [`${'word '.repeat(30)}`, `${'word '.repeat(17).trim()}...`],
  ])('is one short line of ASCII: %s', (text, line) => {
    expect(plainText(text)).toBe(line);
  });
});

// No PowerShell runs here: what can be read of the script without one.
describe('the script for PowerShell', () => {
  const brackets: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' };

  it('is ASCII, has its brackets in pairs, its strings closed, and a tip for every option', async () => {
    const grammar = grammarOf(await whole());
    const script = powershellScript(grammar);
    expect(script).toMatch(/^[\n -~]*$/);
    const open: string[] = [];
    const code = script
      .replace(/^\s*#.*$/gm, '')
      .replace(/'(?:[^'\n]|'')*'/g, 's')
      .replace(/"(?:[^"`\n]|`.)*"/g, 's');
    expect(code).not.toMatch(/['"]/);
    for (const char of code)
      if ('([{'.includes(char)) open.push(char);
      else if (char in brackets) expect(open.pop()).toBe(brackets[char]);
    expect(open).toEqual([]);
    for (const { path, options } of everyCommand(grammar)) {
      expect(script).toContain(`    '${path}' = @{`);
      for (const { names, summary } of options)
        expect(script).toContain(`Names = @('${names.join("', '")}'); Tip = '${summary.replaceAll("'", "''")}'`);
    }
    expect(script).toContain('[System.Management.Automation.CompletionResult]::new(');
    expect(script).toContain('Register-ArgumentCompleter -Native -CommandName livedebug');
  });
});
