import { type ChildProcess, spawn } from 'node:child_process';

/** How long anything that is waited for may take. */
const PATIENCE_MS = 120_000;
/** How long what a program printed last may take to come, once the program has ended. */
const DRAIN_MS = 1000;
export const PROMPT = /kd> $/;
/** Keys of kd, each a line of its own: break in, and leave. */
export const CTRL_F = '\x06';
export const CTRL_B = '\x02';

/** A program with a console: what it prints is kept, and can be waited for. */
export class ConsoleProgram {
  readonly exited: Promise<number | null>;
  /** Everything that it has printed. */
  text = '';
  readonly #child: ChildProcess;
  #seen = 0;
  #look: () => void = () => undefined;

  constructor(command: string, words: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(command, words, { cwd, env: { ...process.env, ...env }, stdio: 'pipe' });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('latin1').on('data', (piece: string) => {
        this.text += piece;
        this.#look();
      });
    this.#child.stdin?.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      this.#child.once('error', () => resolve(null));
      this.#child.once('close', resolve);
      // What Wine starts along with a program may hold its output open until the last of all programs has gone.
      this.#child.once('exit', (code) => setTimeout(resolve, DRAIN_MS, code));
    });
  }

  /** Types lines, each with its ENTER. */
  type(...lines: string[]): void {
    this.#child.stdin?.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Waits for text behind what was waited for before. @returns what was printed up to its end */
  async until(pattern: RegExp, patienceMs = PATIENCE_MS): Promise<string> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#look = () => undefined;
        reject(new Error(`no ${pattern} within ${patienceMs} ms, but:\n${this.text.slice(this.#seen).slice(-2000)}`));
      }, patienceMs);
      this.#look = () => {
        const found = pattern.exec(this.text.slice(this.#seen));
        if (!found) return;
        clearTimeout(late);
        this.#look = () => undefined;
        const piece = this.text.slice(this.#seen, this.#seen + found.index + found[0].length);
        this.#seen += piece.length;
        resolve(piece);
      };
      this.#look();
    });
  }

  /** Types a command at a prompt. @returns what it answered, without the prompt behind it */
  async ask(command: string): Promise<string> {
    this.type(command);
    return (await this.until(PROMPT)).replace(PROMPT, '');
  }

  /** Waits for the end. @returns the exit code @throws Error with what was printed, when it does not come */
  async ended(patienceMs = PATIENCE_MS): Promise<number | null> {
    let late: NodeJS.Timeout | undefined;
    const never = new Promise<never>((_, reject) => {
      late = setTimeout(
        () => reject(new Error(`no end within ${patienceMs} ms:\n${this.text.slice(-3000)}`)),
        patienceMs,
      );
    });
    return Promise.race([this.exited, never]).finally(() => clearTimeout(late));
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}
