// One kd, of either kind, with a target of its own: plays the steps of a script and keeps what was printed at each.
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Target } from './target.mjs';

/** The built-in kd. */
export const builtinKd = [process.execPath, fileURLToPath(new URL('../../../dist/main.js', import.meta.url)), 'kd'];
const LOOK_MS = 15;
/** Nothing passes on the line and nothing is printed for so long: what was to happen has happened. */
const QUIET_MS = 250;
const PATIENCE_MS = 60_000;
const PROMPT = /kd> $/;
/** Commands that let the target run, and the requests by which a kd does that. */
const RESUMING = /^(?:g|p|t|gu|pc|tc|gh|gc|gn)\b|;\s*g$/;
const CONTINUES = ['3136', '313c'];
const CTRL_F = '\x06';
const CTRL_B = '\x02';

export class Kd {
  #child;
  #text = '';
  #seen = 0;
  #marks = 0;
  #promptBefore = 0;
  #ended = false;

  /**
   * @param command a kd and its first words
   * @param name what people call it
   */
  constructor(architecture, command, name) {
    this.architecture = architecture;
    this.command = command;
    this.name = name;
    this.target = new Target(architecture);
  }

  /** Attaches and breaks in. @returns what was printed up to the first prompt */
  async attach() {
    const port = await this.target.start();
    const symbols = fileURLToPath(new URL(`../../../fixtures/images/${this.architecture}`, import.meta.url));
    const [program, ...first] = this.command;
    const words = [...first, '-k', `com:ipport=${port},port=127.0.0.1`, '-y', symbols, '-b'];
    this.#child = spawn(program, words, { stdio: 'pipe' });
    this.#child.once('exit', () => {
      this.#ended = true;
    });
    this.#child.stdin.on('error', () => undefined);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding('latin1').on('data', (piece) => {
        this.#text += piece.replaceAll('\r\n', '\n');
      });
    await this.#until('the first prompt', () => PROMPT.test(this.#text) && this.halted);
    return this.#take();
  }

  /**
   * Does one step of a script.
   * @param step `{ type }` a line · `{ press }` a break-in at a target that is silent · `{ wake, times }` · `{ print }` · `{ reboot }`
   * @returns what was printed meanwhile
   */
  async step(step) {
    if (step.type !== undefined) {
      await this.#types(step.type);
      if (!RESUMING.test(step.type)) return this.#take();
    }
    if (step.press) {
      this.#child.stdin.write(`${CTRL_F}\n`);
      await this.#until('a stop', () => this.halted && this.#prompt);
    } else if (step.wake) this.target.wake(step.wake, step.times ?? 1);
    else if (step.print) this.target.print(step.print);
    else if (step.reboot) {
      const { boots } = this.target.books;
      this.target.reboot(step.reboot === 'announced');
      await this.#until('a boot', () => this.target.books.boots > boots);
    }
    await this.#settled();
    return this.#take();
  }

  /** Lets the target go, and leaves. */
  async close() {
    if (this.#child && !this.#ended) {
      if (this.halted) this.#child.stdin.write('g\n');
      this.#child.stdin.write(`${CTRL_B}\n`);
      const late = setTimeout(() => this.#child.kill('SIGKILL'), 8000);
      while (!this.#ended) await pause(LOOK_MS);
      clearTimeout(late);
    }
    await this.target.close();
  }

  // The last thing that was printed, and not before the target was let go.
  get #prompt() {
    return this.#text.length > this.#promptBefore && PROMPT.test(this.#text);
  }

  get #continues() {
    const counts = this.target.books.requests_by_api;
    return CONTINUES.reduce((sum, api) => sum + (counts[api] ?? 0), 0);
  }

  get halted() {
    return this.target.books.target.state === 'halted';
  }

  // A command that lets the target run is over when it runs, or stands again; any other when what is typed behind it answers.
  async #types(line) {
    const before = this.#continues;
    this.#child.stdin.write(`${line}\n`);
    if (RESUMING.test(line)) {
      this.#promptBefore = this.#text.length;
      await this.#until('a Continue', () => this.#continues > before);
      return;
    }
    const mark = `MARK-${++this.#marks}`;
    this.#child.stdin.write(`.echo ${mark}\n`);
    await this.#until('an answer', () => this.#text.includes(`${mark}\n`, this.#seen) && PROMPT.test(this.#text));
  }

  // At a prompt with the target at a stop, or with the target running and nothing more to come.
  async #settled() {
    let before = '';
    let since = performance.now();
    await this.#until('rest', () => {
      const { state } = this.target.books.target;
      const now = `${this.target.books.bytes_in} ${this.target.books.bytes_out} ${this.#text.length} ${state}`;
      if (now !== before) since = performance.now();
      before = now;
      const rests = state === 'running' || (state === 'halted' && this.#prompt);
      return rests && performance.now() - since > QUIET_MS;
    });
  }

  async #until(what, holds) {
    const since = performance.now();
    while (!holds()) {
      if (this.#ended) throw new Error(`${this.name}: ended, and did not come to ${what}:\n${this.#text.slice(-2000)}`);
      if (performance.now() - since > PATIENCE_MS)
        throw new Error(`${this.name}: did not come to ${what}:\n${this.#text.slice(this.#seen).slice(-2000)}`);
      await pause(LOOK_MS);
    }
  }

  #take() {
    const piece = this.#text.slice(this.#seen);
    this.#seen = this.#text.length;
    return piece;
  }
}
