import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { Run } from './run.js';

/** Whether this host can make a terminal of its own: util-linux' `script`. */
export const HAS_TERMINALS =
  process.platform === 'linux' && spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0;

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** A command of the shell at a terminal of its own, and the keys that are pressed there. */
export class Terminal extends Run {
  /** @param line what the shell of the terminal runs */
  static open(line: string, options: { cwd: string; env: NodeJS.ProcessEnv; columns?: number }): Terminal {
    const { columns = 80, ...place } = options;
    // A new terminal knows no size.
    const sized = `stty cols ${columns} rows 24; ${line}`;
    const child: ChildProcess = spawn('script', ['-qec', sized, '/dev/null'], {
      ...place,
      env: { ...place.env, SHELL: '/bin/sh', TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    return new Terminal(child);
  }

  static command(words: readonly string[]): string {
    return words.map(quoted).join(' ');
  }

  press(keys: string): void {
    this.child.stdin?.write(keys);
  }

  /** All that was shown, without the sequences that move and colour. */
  get screen(): string {
    return this.out.replaceAll(/\x1b\[[\d;?]*[A-Za-z]/g, '').replaceAll('\r\n', '\n');
  }
}
