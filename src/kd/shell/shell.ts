import { messageOf } from '../../fault.js';
import { formatCommandError } from '../../kd-text/command-error.js';
import { resumesTarget } from '../../kd-text/commands.js';
import { formatPrompt } from '../../kd-text/prompt.js';
import { splitCommands } from '../../kd-text/split-commands.js';
import type { InputLine } from '../console/input.js';
import type { KnownTarget } from '../control/known-target.js';
import type { ModuleEvent } from '../control/state-change.js';
import type { Stop } from '../control/stop.js';
import { KnownStacks } from '../unwind/known-stacks.js';
import { runCommand } from './commands/index.js';
import { DeferredBreakpoints } from './deferred.js';
import { PendingBreak } from './pending-break.js';
import type { CodeState, DumpState, Scene, ShellContext } from './shell-context.js';
import type { ShellParts } from './shell-parts.js';
import { StopHandler } from './stop-handler.js';
import { TargetQuestion } from './target-question.js';
import { TargetStacks } from './target-stack.js';
import { TargetSymbols } from './target-symbols.js';
import { WakeSignal } from './wake-signal.js';

function promptOf({ change }: Stop, view: { readonly processor: number }): string {
  return formatPrompt(change.processors > 1 ? view.processor : undefined);
}

/** kd points at what it does not understand, under the command as it stands behind the prompt. */
function errorText(message: string, command: string, column: number): string {
  const [, at] = /^Syntax error at '(.*)'$/s.exec(message) ?? [];
  return at === undefined ? message : formatCommandError('Syntax', command, column + Math.max(0, command.indexOf(at)));
}

/** kd's dialog: one stop after the other, commands at its prompt, until somebody leaves. */
export class Shell {
  readonly #dump: DumpState = { kind: 'b', address: undefined };
  readonly #code: CodeState = { stop: undefined, next: 0n };
  /** Why kd leaves; undefined while it stays. */
  #leaving: string | undefined;
  #shown: Stop | undefined;
  #lastScene: Scene | undefined;
  /** The stop whose prompt everybody has seen, and who typed last. */
  #prompted: Stop | undefined;
  #lastFrom: string | undefined;
  readonly #wakeSignal = new WakeSignal();
  readonly #question = new TargetQuestion();
  readonly #pendingBreak: PendingBreak;
  readonly #stopHandler: StopHandler;
  readonly #deferred = new DeferredBreakpoints();
  /** They outlive the boots of the target, as kd's do. */
  readonly #temporaries = new Map<string, bigint>();
  /** Whose registers are looked at: of another processor until the next stop. */
  readonly #view = { processor: 0, since: new Date() };

  constructor(private readonly parts: ShellParts) {
    const { screen, target, breaks, options, filters } = parts;
    this.#pendingBreak = new PendingBreak(target, breaks, () => this.#shown);
    this.#stopHandler = new StopHandler({
      screen,
      target,
      breaks,
      options,
      filters,
      pendingBreak: this.#pendingBreak,
      leaving: () => this.#leaving !== undefined,
      scene: (known) => this.#scene(known),
      contextAt: (stop) => this.#contextAt(stop, undefined),
      command: (text, stop) => this.#command(text, stop, undefined),
    });
  }

  /** Why it leaves. */
  get leaving(): string | undefined {
    return this.#leaving;
  }

  /** The target stopped, and it was told. */
  stopped(stop: Stop): void {
    Object.assign(this.#view, { processor: stop.change.processor, since: new Date() });
    this.#wakeSignal.wake();
    void this.#greet(stop);
  }

  /** Whatever stood does not stand any more, or the line has changed. */
  changed(): void {
    this.#wakeSignal.wake();
  }

  /** Leaves at the next occasion; a command at work is taken back. */
  leave(how: string): void {
    this.#leaving ??= how;
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
    if (this.#leaving) return known.breakpoints.list.length > 0;
    this.#pendingBreak.resolving = true;
    try {
      await this.#deferred.moduleEvent(event, this.#scene(known));
    } catch (error) {
      screen.freshLine();
      screen.line(messageOf(error));
    } finally {
      this.#pendingBreak.resolving = false;
    }
    const filter = filters.ofModule(event);
    return filter !== undefined && !this.#leaving && (filter.mode === 'e' || filter.command !== undefined);
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
    return this.#lastScene?.symbols;
  }

  /** The prompt that a client sees that has just joined; empty while there is none. */
  get promptText(): string {
    const { stop } = this.parts.target;
    return stop && stop === this.#shown ? promptOf(stop, this.#view) : '';
  }

  /** The target asks, and stands until it is answered. With nobody there it is told to ignore (`i`). */
  question(): Promise<string> {
    return this.#question.ask(this.#nobody || this.#leaving !== undefined);
  }

  /** Runs until somebody leaves. */
  async run(): Promise<void> {
    const { target } = this.parts;
    while (!this.#leaving) {
      const stop = target.stop;
      if (stop && stop === this.#shown) await this.#prompt(stop);
      else if (this.#endsWithInput) this.leave('end of input');
      else await this.#wakeSignal.next();
    }
    await this.#lastScene?.stacks.close();
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
    const said = this.#lastScene?.stacks.tellKnown();
    if (said !== undefined) this.parts.screen.line(said);
    this.#pendingBreak.fulfilled();
    this.#shown = stop;
    this.#wakeSignal.wake();
  }

  async #prompt(stop: Stop): Promise<void> {
    const { screen, input, target } = this.parts;
    // A stop shows its prompt to everybody, a command to whoever typed it.
    screen.print(
      promptOf(stop, this.#view),
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
      if (!at || this.#leaving) break;
      const here = at;
      const goes = resumesTarget(text);
      if (!(await this.#pendingBreak.whileGoingOn(goes, () => this.#command(text, here, line.from)))) break;
    }
  }

  /** The next stop that stays; undefined when somebody leaves first. */
  async #nextShown(): Promise<Stop | undefined> {
    const { target } = this.parts;
    while (!this.#leaving) {
      if (target.stop && target.stop === this.#shown) return target.stop;
      if (this.#endsWithInput) this.leave('end of input');
      else await this.#wakeSignal.next();
    }
    return undefined;
  }

  /** A target that runs is left when nobody can type any more. */
  get #endsWithInput(): boolean {
    return this.#nobody && this.parts.target.running !== 'halted' && !this.parts.breaks.pending;
  }

  /** The target with its names and stacks; those of another boot are others. */
  #scene(known: KnownTarget): Scene {
    if (this.#lastScene?.known !== known) {
      void this.#lastScene?.stacks.close();
      const symbols = new TargetSymbols(known, this.parts.loadSymbols, () => this.#pendingBreak.signal);
      const stacks = new TargetStacks(known, symbols, this.parts.knownStacks ? new KnownStacks() : undefined);
      this.#lastScene = { known, symbols, stacks, temporaries: this.#temporaries };
    }
    return this.#lastScene;
  }

  #show({ text, from }: InputLine): void {
    if (from === undefined) this.parts.screen.typed(text);
    else this.parts.screen.typedBy(from, text);
  }

  #contextAt(stop: Stop, from: string | undefined): ShellContext | undefined {
    const { screen, target, options, settings, filters, banner, bytesPerSecond } = this.parts;
    const known = target.known;
    if (!known) return undefined;
    const context: ShellContext = {
      ...this.#scene(known),
      screen,
      target,
      stop,
      options,
      from,
      settings,
      filters,
      banner,
      bytesPerSecond,
      dump: this.#dump,
      code: this.#code,
      deferred: this.#deferred,
      view: this.#view,
      attended: stop === this.#shown,
      leave: (how) => this.leave(how),
      execute: async (commands) => {
        for (const each of splitCommands(commands)) {
          if (target.stop !== stop || this.#pendingBreak.forbids(each)) return;
          await runCommand(context, each);
        }
      },
      travel: (begin, steps = 1) => this.#stopHandler.runUntil(begin, steps, context),
    };
    return context;
  }

  /** @returns false when the rest of the line is not to be executed */
  async #command(text: string, stop: Stop, from: string | undefined): Promise<boolean> {
    const { screen } = this.parts;
    const context = this.#contextAt(stop, from);
    if (!context) return false;
    this.#pendingBreak.working = true;
    try {
      await runCommand(context, text);
      return true;
    } catch (error) {
      screen.freshLine();
      screen.line(errorText(messageOf(error), text, promptOf(stop, this.#view).length));
      return false;
    } finally {
      this.#pendingBreak.working = false;
    }
  }
}
