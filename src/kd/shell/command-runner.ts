import { messageOf } from '../../fault.js';
import { formatCommandError } from '../../kd-text/command-error.js';
import { formatPrompt } from '../../kd-text/prompt.js';
import { splitCommands } from '../../kd-text/split-commands.js';
import type { KnownTarget } from '../control/known-target.js';
import type { Stop } from '../control/stop.js';
import { KnownStacks } from '../unwind/known-stacks.js';
import { runCommand } from './commands/index.js';
import { DeferredBreakpoints } from './deferred.js';
import type { PendingBreak } from './pending-break.js';
import type { CurrentRun } from './run-control.js';
import type { CodeState, DumpState, Scene, ShellContext, View } from './shell-context.js';
import type { DialogState, ShellParts } from './shell-parts.js';
import { TargetStacks } from './target-stack.js';
import { TargetSymbols } from './target-symbols.js';

// Carries out commands, with what one leaves for the next. Who types them, and when, is in shell.ts and stop-handler.ts.

/** Carries out commands at a stop. */
export class CommandRunner {
  /** Breakpoints that wait for their module. */
  readonly deferred = new DeferredBreakpoints();
  /** Whose registers are looked at: of another processor until the next stop. */
  readonly #view: View = { processor: 0, since: new Date() };
  readonly #dump: DumpState = { kind: 'b', address: undefined };
  readonly #code: CodeState = { stop: undefined, next: 0n };
  /** They outlive the boots of the target, as kd's do. */
  readonly #temporaries = new Map<string, bigint>();
  #scene: Scene | undefined;

  /** @param leave ends kd, after the target has been released */
  constructor(
    private readonly parts: ShellParts,
    private readonly dialog: DialogState,
    private readonly pendingBreak: PendingBreak,
    private readonly currentRun: CurrentRun,
    private readonly leave: (how: string) => void,
  ) {}

  /** The names of the target as far as they are known; undefined before it has stopped. */
  get symbols(): TargetSymbols | undefined {
    return this.#scene?.symbols;
  }

  /** The target stopped: its processor is looked at. */
  stopped(stop: Stop): void {
    this.#view.processor = stop.change.processor;
    this.#view.since = new Date();
  }

  /** What came of stacks that were known, where that is not what was said last. */
  tellKnown(): string | undefined {
    return this.#scene?.stacks.tellKnown();
  }

  async close(): Promise<void> {
    await this.#scene?.stacks.close();
  }

  promptAt({ change }: Stop): string {
    return formatPrompt(change.processors > 1 ? this.#view.processor : undefined);
  }

  /** The target with its names and stacks; those of another boot are others. */
  sceneOf(known: KnownTarget): Scene {
    if (this.#scene?.known !== known) {
      void this.#scene?.stacks.close();
      const symbols = new TargetSymbols(known, this.parts.loadSymbols, () => this.pendingBreak.signal);
      const stacks = new TargetStacks(known, symbols, this.parts.knownStacks ? new KnownStacks() : undefined);
      this.#scene = { known, symbols, stacks, temporaries: this.#temporaries };
    }
    return this.#scene;
  }

  /** @param from the client who typed; undefined for kd's own input, and for what nobody typed */
  contextAt(stop: Stop, from?: string): ShellContext | undefined {
    const { screen, target, options, settings, filters, banner, bytesPerSecond } = this.parts;
    const known = target.known;
    if (!known) return undefined;
    const context: ShellContext = {
      ...this.sceneOf(known),
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
      deferred: this.deferred,
      view: this.#view,
      attended: stop === this.dialog.shown,
      leave: this.leave,
      execute: async (commands) => {
        for (const each of splitCommands(commands)) {
          if (target.stop !== stop || this.pendingBreak.forbids(each)) return;
          await runCommand(context, each);
        }
      },
      travel: (begin, steps = 1) => this.currentRun.begin(begin, steps, context),
    };
    return context;
  }

  /** @returns false when the rest of the line is not to be executed */
  async run(text: string, stop: Stop, from?: string): Promise<boolean> {
    const { screen } = this.parts;
    const context = this.contextAt(stop, from);
    if (!context) return false;
    this.pendingBreak.working = true;
    try {
      await runCommand(context, text);
      return true;
    } catch (error) {
      screen.freshLine();
      screen.line(errorText(messageOf(error), text, this.promptAt(stop).length));
      return false;
    } finally {
      this.pendingBreak.working = false;
    }
  }
}

/** kd points at what it does not understand, under the command as it stands behind the prompt. */
function errorText(message: string, command: string, column: number): string {
  const [, at] = /^Syntax error at '(.*)'$/s.exec(message) ?? [];
  return at === undefined ? message : formatCommandError('Syntax', command, column + Math.max(0, command.indexOf(at)));
}
