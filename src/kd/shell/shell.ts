import { messageOf } from '../../fault.js';
import { resumesTarget } from '../../kd-text/commands.js';
import { splitCommands } from '../../kd-text/split-commands.js';
import type { InputLine } from '../console/input.js';
import type { ModuleEvent } from '../control/state-change.js';
import type { Stop } from '../control/stop.js';
import { CommandRunner } from './command-runner.js';
import { PendingBreak } from './pending-break.js';
import { CurrentRun } from './run-control.js';
import { DialogState, type ShellParts } from './shell-parts.js';
import { StopHandler } from './stop-handler.js';
import { TargetQuestion } from './target-question.js';
import type { TargetSymbols } from './target-symbols.js';
import { WakeSignal } from './wake-signal.js';

/** kd's dialog: one stop after the other, commands at its prompt, until somebody leaves. */
export class Shell {
  readonly #dialog = new DialogState();
  /** The stop whose prompt everybody has seen, and who typed last. */
  #prompted: Stop | undefined;
  #lastFrom: string | undefined;
  readonly #wakeSignal = new WakeSignal();
  readonly #question = new TargetQuestion();
  readonly #pendingBreak: PendingBreak;
  readonly #commands: CommandRunner;
  readonly #stopHandler: StopHandler;

  constructor(private readonly parts: ShellParts) {
    const { target, breaks } = parts;
    const dialog = this.#dialog;
    const pendingBreak = new PendingBreak(target, breaks, dialog);
    const currentRun = new CurrentRun(target);
    this.#pendingBreak = pendingBreak;
    this.#commands = new CommandRunner(parts, dialog, pendingBreak, currentRun, (how) => this.leave(how));
    this.#stopHandler = new StopHandler(parts, dialog, pendingBreak, this.#commands, currentRun);
  }

  /** Why it leaves. */
  get leaving(): string | undefined {
    return this.#dialog.leaving;
  }

  /** The target stopped, and it was told. */
  stopped(stop: Stop): void {
    this.#commands.stopped(stop);
    this.#wakeSignal.wake();
    void this.#greet(stop);
  }

  /** Whatever stood does not stand any more, or the line has changed. */
  changed(): void {
    this.#wakeSignal.wake();
  }

  /** Leaves at the next occasion; a command at work is taken back. */
  leave(how: string): void {
    this.#dialog.leaving ??= how;
    if (this.#pendingBreak.working) this.#pendingBreak.withdraw();
    this.#question.answer();
    this.#wakeSignal.wake();
  }

  /** CTRL+C */
  interrupt(): void {
    this.#pendingBreak.interrupt();
  }

  /** An image came or went. @returns whether the target is to stay where it tells of it */
  async moduleEvent(event: ModuleEvent): Promise<boolean> {
    const { target, screen, filters } = this.parts;
    const { known } = target;
    if (!known) return false;
    // Whoever leaves does not let an armed target go on by itself.
    if (this.leaving) return known.breakpoints.list.length > 0;
    this.#pendingBreak.resolving = true;
    try {
      await this.#commands.deferred.moduleEvent(event, this.#commands.sceneOf(known));
    } catch (error) {
      screen.freshLine();
      screen.line(messageOf(error));
    } finally {
      this.#pendingBreak.resolving = false;
    }
    const filter = filters.ofModule(event);
    return filter !== undefined && !this.leaving && (filter.mode === 'e' || filter.command !== undefined);
  }

  /** A line that somebody typed: the answer to the target's question, if there is one. */
  typed(text: string, from?: string): void {
    if (this.#question.open) {
      this.#show({ text, from });
      this.#question.answer(text.trim());
    } else this.parts.input.put({ text, from });
  }

  /** The names of the target as far as they are known; undefined before it has stopped. */
  get symbols(): TargetSymbols | undefined {
    return this.#commands.symbols;
  }

  /** The prompt that a client sees that has just joined; empty while there is none. */
  get promptText(): string {
    const { stop } = this.parts.target;
    return stop && stop === this.#dialog.shown ? this.#commands.promptAt(stop) : '';
  }

  /** The target asks, and stands until it is answered. With nobody there it is told to ignore (`i`). */
  question(): Promise<string> {
    return this.#question.ask(this.#nobody || this.leaving !== undefined);
  }

  /** Runs until somebody leaves. */
  async run(): Promise<void> {
    const { target } = this.parts;
    while (!this.leaving) {
      const stop = target.stop;
      if (stop && stop === this.#dialog.shown) await this.#prompt(stop);
      else if (this.#endsWithInput) this.leave('end of input');
      else await this.#wakeSignal.next();
    }
    await this.#commands.close();
  }

  /** True when nobody is left who could type. */
  get #nobody(): boolean {
    return this.parts.input.ended && !this.parts.shared();
  }

  /** The end of input is an event too. */
  inputEnded(): void {
    this.parts.input.end();
    if (this.#nobody) this.#question.answer();
    this.#wakeSignal.wake();
  }

  /** Whoever types is asked only at a stop that stays. */
  async #greet(stop: Stop): Promise<void> {
    await this.#stopHandler.handleStop(stop);
    if (this.parts.target.stop !== stop) return;
    const said = this.#commands.tellKnown();
    if (said !== undefined) this.parts.screen.line(said);
    this.#pendingBreak.fulfilled();
    this.#dialog.shown = stop;
    this.#wakeSignal.wake();
  }

  async #prompt(stop: Stop): Promise<void> {
    const { screen, input, target } = this.parts;
    // A stop shows its prompt to everybody, a command to whoever typed it.
    screen.print(
      this.#commands.promptAt(stop),
      this.#lastFrom === undefined || this.#prompted !== stop ? {} : { only: this.#lastFrom },
    );
    this.#prompted = stop;
    const line = await input.next(this.#wakeSignal.signal, this.parts.shared());
    if (line === undefined) {
      if (this.#nobody) this.leave('end of input');
      return;
    }
    this.#lastFrom = line.from;
    this.#show(line);
    let at: Stop | undefined = stop;
    for (const text of splitCommands(line.text)) {
      // What follows `g`, `t` or `p` on a line is for the stop that comes next, as in kd.
      if (target.stop !== at) at = await this.#nextShown();
      if (!at || this.leaving) break;
      const here = at;
      const goes = resumesTarget(text);
      if (!(await this.#pendingBreak.whileGoingOn(goes, () => this.#commands.run(text, here, line.from)))) break;
    }
  }

  /** The next stop that stays; undefined when somebody leaves first. */
  async #nextShown(): Promise<Stop | undefined> {
    const { target } = this.parts;
    while (!this.leaving) {
      if (target.stop && target.stop === this.#dialog.shown) return target.stop;
      if (this.#endsWithInput) this.leave('end of input');
      else await this.#wakeSignal.next();
    }
    return undefined;
  }

  /** A target that runs is left when nobody can type any more. */
  get #endsWithInput(): boolean {
    return this.#nobody && this.parts.target.running !== 'halted' && !this.parts.breaks.pending;
  }

  #show({ text, from }: InputLine): void {
    if (from === undefined) this.parts.screen.typed(text);
    else this.parts.screen.typedBy(from, text);
  }
}
