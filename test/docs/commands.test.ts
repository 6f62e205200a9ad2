import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { allOptions, commandsIn, npmRefusal, refusal, shownCommands } from './commands.js';
import { allPages, issueForms, ROOT, tokensOf } from './pages.js';

const pages = allPages();

/** Options of other programs: the scripts of this repository, and npm. */
const OTHERS: ReadonlySet<string> = new Set(['--runs', '--seed', '--jobs', '--all', '--faults', '--only', '--omit']);
/** A page speaks of a command without all that it needs: `livedebug symbols fetch`. */
const NOT_WHOLE = /^commander\.(?:missingArgument|missingMandatoryOptionValue|help)\b/;

describe('commands in the pages', () => {
  it('are read as a shell reads them', () => {
    expect(commandsIn("livedebug start --port 'pipe:\\\\.\\pipe\\com_1' # a pipe")).toEqual([
      ['livedebug', 'start', '--port', 'pipe:\\\\.\\pipe\\com_1'],
    ]);
    expect(commandsIn('npm ci && npm start')).toEqual([
      ['npm', 'ci'],
      ['npm', 'start'],
    ]);
  });

  it('are refused where the program does not know them', async () => {
    expect(await refusal(['start', '--no-such'])).toContain('unknownOption');
    expect(await refusal(['no-such'])).toContain('unknownCommand');
    expect(await refusal(['rehearse', '--kernel', '12'])).toContain('invalidArgument');
    expect(await npmRefusal(['npm', 'run', 'no-such'])).toBe('there is no script no-such');
    expect(await npmRefusal(['npm', 'start', '--', '--kernel', '12'])).toContain('invalidArgument');
  });

  it.each(pages)('in blocks of $name are whole, and exist', async (page) => {
    for (const { line, words } of shownCommands(page)) {
      const [program] = words;
      expect(program, line).toMatch(/^(?:livedebug|npm)$/);
      const why = program === 'npm' ? await npmRefusal(words) : await refusal(words.slice(1));
      expect(why, line).toBeUndefined();
    }
  });

  it.each([...pages, ...issueForms()])('in the text of $name exist', async (page) => {
    for (const { text } of tokensOf(page, 'codespan')) {
      // `livedebug start … --dry-run`: what is left out is somebody's own.
      const [words = []] = commandsIn((text as string).replaceAll('…', ' '));
      const [program, command = ''] = words;
      if (program === 'npm') expect(await npmRefusal(words), text as string).toBeUndefined();
      if (program === 'node' && !command.startsWith('-'))
        expect(existsSync(path.join(ROOT, command)), text as string).toBe(true);
      if (program !== 'livedebug' || /^[A-Z]+$/.test(command)) continue;
      const why = await refusal(words.slice(1));
      if (why !== undefined) expect(why, text as string).toMatch(NOT_WHOLE);
    }
  });

  it.each([...pages, ...issueForms()])('and options that $name names exist', async ({ text }) => {
    const known = await allOptions();
    const named = [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([option]) => option);
    expect(named.filter((option) => !known.has(option) && !OTHERS.has(option))).toEqual([]);
  });
});
