import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const MAIN = path.resolve(import.meta.dirname, '../../../dist/main.js');
/** Less than a test has, so that a line that hangs is shown. */
const LIMIT_MS = 20_000;
const PROMPT = 'READY> ';

/** What of these programs is missing here; a line says that a test is skipped for it. */
export function missing(...programs: readonly string[]): boolean {
  const gone =
    process.platform === 'win32'
      ? ['a terminal of Unix']
      : programs.filter((each) => spawnSync(each, ['--version'], { stdio: 'ignore' }).status !== 0);
  if (gone.length > 0) process.stderr.write(`\nSKIPPED: completion was not tried, for want of ${gone.join(', ')}\n\n`);
  return gone.length > 0;
}

/**
 * A folder with files to complete, a home without runs, and a `livedebug` that prints its arguments: `<start><--kd><sim:demo>`.
 * What completion asks of it goes to the built program.
 */
export class CompletionBench {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'complete '));
  readonly home = path.join(this.folder, 'home');
  readonly #env: NodeJS.ProcessEnv;

  constructor() {
    for (const name of ['My Dir', 'bin', 'rc']) mkdirSync(this.at(name));
    for (const name of ['My Dir/a log.txt', "it's.log", 'plain.log']) writeFileSync(this.at(name), '');
    const program = this.at('bin/livedebug');
    writeFileSync(
      program,
      `#!/bin/sh\nif [ "$1" = completion ]; then exec '${process.execPath}' '${MAIN}' "$@"; fi\nprintf GOT; printf '<%s>' "$@"; echo\n`,
    );
    chmodSync(program, 0o755);
    this.#env = {
      ...process.env,
      PATH: `${this.at('bin')}:${process.env.PATH}`,
      LIVEDEBUG_HOME: this.home,
      HOME: this.folder,
      ZDOTDIR: this.at('rc'),
      TERM: 'dumb',
      LC_ALL: 'C.UTF-8',
    };
  }

  at(name: string): string {
    return path.join(this.folder, name);
  }

  /** Writes the script of a shell to a file. @returns its path */
  script(shell: string): string {
    const { stdout, status } = spawnSync(process.execPath, [MAIN, 'completion', shell], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`completion ${shell} ended with ${status}`);
    writeFileSync(this.at(`rc/completion.${shell}`), stdout);
    return this.at(`rc/completion.${shell}`);
  }

  /** Runs a program to its end. */
  run(program: string, args: readonly string[]): string {
    const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: this.#env, cwd: this.folder });
    return stdout + stderr;
  }

  /**
   * Types lines into an interactive shell at a terminal, each when the one before has run.
   * @returns the arguments that every line gave `livedebug`, and all that the terminal showed
   */
  async type(
    command: string,
    settings: string,
    lines: readonly string[],
  ): Promise<{ got: string[][]; screen: string }> {
    writeFileSync(this.at('rc/.zshrc'), settings);
    writeFileSync(this.at('rc/bashrc'), settings);
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: this.folder, env: this.#env });
    const limit = setTimeout(() => child.stdout.destroy(new Error(`line ${typed} did not run:\n${screen}`)), LIMIT_MS);
    let screen = '';
    let typed = 0;
    try {
      for await (const piece of child.stdout.setEncoding('utf8')) {
        screen += piece;
        const ready = screen.includes(PROMPT) ? gotIn(screen).length : -1;
        // The line that has run is the last that was typed.
        while (typed <= ready && typed <= lines.length) child.stdin.write(`${lines[typed++] ?? 'exit'}\r`);
      }
    } finally {
      clearTimeout(limit);
      child.kill('SIGKILL');
    }
    return { got: gotIn(screen), screen: plain(screen) };
  }
}

export const PS1 = `PS1='${PROMPT}'`;

function gotIn(screen: string): string[][] {
  return [...plain(screen).matchAll(/GOT<(.*)>\r?\n/g)].map(([, words = '']) => words.split('><'));
}

/** Without what moves the cursor. */
function plain(screen: string): string {
  return screen.replace(/\x1b\[[\d;?]*[A-Za-z]/g, '').replaceAll('\r\n', '\n');
}
