import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export const WINDOWS = process.platform === 'win32';
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A run of the program: what it has printed so far, and how it ended. */
export class Run {
  out = '';
  err = '';
  readonly ended: Promise<number>;
  #waiting: { text: string | RegExp; resolve: () => void }[] = [];

  /** @param killing is told before the run is killed */
  constructor(
    readonly child: ChildProcess,
    private readonly killing: () => void = () => undefined,
  ) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#more('out', text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#more('err', text));
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(code ?? (signal ? -1 : 0)));
    });
  }

  /** Resolves when the text has been printed on stderr or stdout; fails when the run ends without it. */
  async sees(text: string | RegExp): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      this.#waiting.push({ text, resolve });
      this.#look();
    });
    const end = this.ended.then(() => 'ended');
    if ((await Promise.race([seen, end])) === 'ended' && !this.#has(text))
      throw new Error(`never printed ${String(text)}:\n${this.err}\n${this.out}`);
  }

  /** Ctrl+C at this run's terminal. Windows has no signal for it: the event goes to the hidden console of the run. */
  async interrupt(): Promise<void> {
    if (!WINDOWS) {
      this.child.kill('SIGINT');
      return;
    }
    const words = [MAIN, 'internal', 'console-event', String(this.child.pid), 'ctrl-c'];
    const helper = spawn(process.execPath, words, { windowsHide: true, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    helper.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const [exitCode] = await once(helper, 'close');
    // A run that has ended meanwhile has no console any more.
    if (this.child.exitCode === null) expect(exitCode, said).toBe(0);
  }

  signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL') this.killing();
    this.child.kill(signal);
  }

  #more(stream: 'out' | 'err', text: string): void {
    this[stream] += text;
    this.#look();
  }

  #look(): void {
    for (const each of this.#waiting) if (this.#has(each.text)) each.resolve();
  }

  #has(text: string | RegExp): boolean {
    const all = `${this.err}\n${this.out}`;
    return typeof text === 'string' ? all.includes(text) : text.test(all);
  }
}
