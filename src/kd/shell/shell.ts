import { messageOf } from '../../fault.js';
import { resumesTarget } from '../../kd-text/commands.js';
import type { KdOptions } from '../../kd-text/kd-options.js';
import { formatPrompt } from '../../kd-text/prompt.js';
import { splitCommands } from '../../kd-text/split-commands.js';
import type { KdTarget } from '../target/kd-target.js';
import type { KnownTarget } from '../target/known-target.js';
import type { Stop } from '../target/stop.js';
import type { BreakRequest } from './break-request.js';
import { runCommand } from './commands/index.js';
import type { Input, TypedLine } from './input.js';
import type { Screen } from './screen.js';
import type { DumpState, Scene, ShellContext } from './shell-context.js';
import { stopLines } from './stop-text.js';
import type { SymbolSettings } from './symbol-loader.js';
import { TargetStacks } from './target-stack.js';
import { type LoadSymbols, TargetSymbols } from './target-symbols.js';

export interface ShellParts {
  readonly screen: Screen;
  readonly input: Input;
  readonly target: KdTarget;
  readonly breaks: BreakRequest;
  readonly options: KdOptions;
  readonly loadSymbols: LoadSymbols;
  readonly settings: SymbolSettings;
  /** Whether others share this kd through its pipe. */
  readonly shared: () => boolean;
}

function promptOf({ change }: Stop): string {
  return formatPrompt(change.processors > 1 ? change.processor : undefined);
}

/** A target that stands goes on, or has its prompt, within this time, ms. */
const WANTED_MS = 60_000;

/** kd's dialog: one stop after the other, commands at its prompt, until somebody leaves. */
export class Shell {
  readonly #dump: DumpState = { kind: 'b', address: undefined };
  /** Why kd leaves; undefined while it stays. */
  #leaving: string | undefined;
  #shown: Stop | undefined;
  #lastScene: Scene | undefined;
  /** The stop whose prompt everybody has seen, and who typed last. */
  #prompted: Stop | undefined;
  #lastFrom: string | undefined;
  #attend = new AbortController();
  /** A command is at work: what interrupts means the command, and not the target. */
  #working = false;
  /** The target is about to go on: by `g`, or at the end of what a breakpoint wants. */
  #goingOn = false;
  /** CTRL+C came meanwhile. */
  #wanted = false;
  /** Aborted when the command at work is taken back. */
  #taken = new AbortController();
  #question: ((answer: string) => void) | undefined;

  constructor(private readonly parts: ShellParts) {}

  /** Why it leaves. */
  get leaving(): string | undefined {
    return this.#leaving;
  }

  /** The target stopped, and it was told. */
  stopped(stop: Stop): void {
    this.#wake();
    void this.#greet(stop);
  }

  /** Whatever stood does not stand any more, or the line has changed. */
  changed(): void {
    this.#wake();
  }

  /** Leaves at the next occasion; a command at work is taken back. */
  leave(how: string): void {
    this.#leaving ??= how;
    if (this.#working) this.#takeBack();
    this.#question?.('i');
    this.#wake();
  }

  /** CTRL+C: takes back a command at work, or asks a running target to stop. What is about to let it run is not taken back. */
  interrupt(): void {
    const { target, breaks } = this.parts;
    if (this.#working && !this.#goingOn) this.#takeBack();
    else if (target.running !== 'halted') breaks.ask();
    else if (target.stop === undefined || target.stop !== this.#shown || this.#goingOn) {
      // It stands, and is about to go on by itself: at a hit, or while it boots.
      this.#wanted = true;
      void target.until(() => target.running !== 'halted' || !this.#wanted, WANTED_MS).then(() => this.#askIfWanted());
    }
  }

  /** Whoever pressed CTRL+C while the target was told to go on wants it to stop again. */
  #askIfWanted(): void {
    if (!this.#wanted || this.parts.target.running === 'halted') return;
    this.#wanted = false;
    this.parts.breaks.ask();
  }

  #takeBack(): void {
    this.parts.target.link.abandon();
    this.#taken.abort();
    this.#taken = new AbortController();
  }

  /** A line that somebody typed: the answer to the target's question, if there is one. */
  typed(text: string, from?: string): void {
    if (this.#question) {
      this.#show({ text, from });
      this.#question(text.trim());
    } else this.parts.input.put({ text, from });
  }

  /** The prompt that a client sees that has just joined; empty while there is none. */
  get promptText(): string {
    const { stop } = this.parts.target;
    return stop && stop === this.#shown ? promptOf(stop) : '';
  }

  /** The target asks, and stands until it is answered. With nobody there it is told to ignore (`i`). */
  question(): Promise<string> {
    if (this.#nobody || this.#leaving) return Promise.resolve('i');
    return new Promise((resolve) => {
      this.#question = (answer) => {
        this.#question = undefined;
        resolve(answer);
      };
    });
  }

  /** Runs until somebody leaves. */
  async run(): Promise<void> {
    const { target } = this.parts;
    while (!this.#leaving) {
      const stop = target.stop;
      if (stop && stop === this.#shown) await this.#prompt(stop);
      else if (this.#nobody && target.running !== 'halted' && !this.parts.breaks.pending) this.leave('end of input');
      else await this.#nextEvent();
    }
  }

  /** True when nobody is left who could type. */
  get #nobody(): boolean {
    return this.parts.input.ended && !this.parts.shared();
  }

  /** The end of input is an event too. */
  inputEnded(): void {
    this.parts.input.end();
    if (this.#nobody) this.#question?.('i');
    this.#wake();
  }

  #wake(): void {
    this.#attend.abort();
    this.#attend = new AbortController();
  }

  #nextEvent(): Promise<void> {
    const { signal } = this.#attend;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Tells of a stop, and carries out what its breakpoint wants; whoever types is asked only at a stop that stays. */
  async #greet(stop: Stop): Promise<void> {
    const { screen, target, breaks, options } = this.parts;
    const { known } = target;
    if (!known) return;
    const judged = breaks.judge(stop);
    if (judged === 'spare' && !this.#leaving) {
      screen.line('A second break-in byte of the last CTRL+C has stopped the target again: it goes on.');
      await target.go().catch((error: unknown) => screen.line(messageOf(error)));
      return;
    }
    const hit = stop.breakpoint;
    if (hit && --hit.passesLeft > 0 && judged !== 'wanted') {
      await target.go().catch((error: unknown) => screen.line(messageOf(error)));
      return;
    }
    try {
      const lines = await stopLines(this.#scene(known), stop, judged === 'wanted', options.quiet);
      screen.freshLine();
      screen.lines(lines);
      if (hit?.once) await known.breakpoints.clear(hit);
    } catch (error) {
      screen.line(messageOf(error));
    }
    if (hit?.command) await this.#carryOut(hit.command, stop, judged === 'wanted');
    if (target.stop !== stop) return;
    this.#wanted = false;
    this.#shown = stop;
    this.#wake();
  }

  /**
   * The command string of a breakpoint, up to what lets the target run. With a break-in on its way the target stays: whoever
   * asked for it has it then, at the price of no further stop.
   */
  async #carryOut(commands: string, stop: Stop, stay: boolean): Promise<void> {
    this.#goingOn = true;
    try {
      for (const text of splitCommands(commands)) {
        if (this.parts.target.stop !== stop || this.#leaving) return;
        if ((stay || this.#wanted) && resumesTarget(text)) return;
        if (!(await this.#command(text, stop, undefined))) return;
      }
    } finally {
      this.#goingOn = false;
      this.#askIfWanted();
    }
  }

  async #prompt(stop: Stop): Promise<void> {
    const { screen, input, target } = this.parts;
    // A stop shows its prompt to everybody, a command to whoever typed it.
    screen.print(
      promptOf(stop),
      this.#lastFrom === undefined || this.#prompted !== stop ? {} : { only: this.#lastFrom },
    );
    this.#prompted = stop;
    const line = await input.next(this.#attend.signal);
    if (line === undefined) {
      if (input.ended && !this.parts.shared()) this.leave('end of input');
      else if (input.ended) await this.#nextEvent();
      return;
    }
    this.#lastFrom = line.from;
    this.#show(line);
    for (const text of splitCommands(line.text)) {
      if (target.stop !== stop || this.#leaving) break;
      this.#goingOn = resumesTarget(text);
      const done = await this.#command(text, stop, line.from);
      this.#goingOn = false;
      this.#askIfWanted();
      if (!done) break;
    }
  }

  /** The target with its names and stacks; those of another boot are others. */
  #scene(known: KnownTarget): Scene {
    if (this.#lastScene?.known !== known) {
      const symbols = new TargetSymbols(known, this.parts.loadSymbols, () => this.#taken.signal);
      this.#lastScene = { known, symbols, stacks: new TargetStacks(known, symbols) };
    }
    return this.#lastScene;
  }

  #show({ text, from }: TypedLine): void {
    if (from === undefined) this.parts.screen.typed(text);
    else this.parts.screen.typedBy(from, text);
  }

  /** @returns false when the rest of the line is not to be executed */
  async #command(text: string, stop: Stop, from: string | undefined): Promise<boolean> {
    const { screen, target, options } = this.parts;
    const known = target.known;
    if (!known) return false;
    const context: ShellContext = {
      ...this.#scene(known),
      ...{ screen, target, stop, options, from, dump: this.#dump, settings: this.parts.settings },
      leave: (how) => this.leave(how),
      execute: async (commands) => {
        for (const each of splitCommands(commands)) if (target.stop === stop) await runCommand(context, each);
      },
    };
    this.#working = true;
    try {
      await runCommand(context, text);
      return true;
    } catch (error) {
      screen.freshLine();
      screen.line(messageOf(error));
      return false;
    } finally {
      this.#working = false;
    }
  }
}
