import { messageOf } from '../../fault.js';
import { resumesTarget } from '../../kd-text/commands.js';
import { splitCommands } from '../../kd-text/split-commands.js';
import { formatBreakBox, formatException } from '../../kd-text/stop.js';
import type { KnownTarget } from '../control/known-target.js';
import type { Stop } from '../control/stop.js';
import type { CommandRunner } from './command-runner.js';
import type { ExceptionFilter } from './filters.js';
import type { PendingBreak } from './pending-break.js';
import type { CurrentRun, RunControl } from './run-control.js';
import type { DialogState, ShellParts } from './shell-parts.js';
import { headLines, placeLines } from './text/stop-text.js';

/** What becomes of a stop before anybody is asked: it is passed over, or told, and what a breakpoint or event wants is carried out. */
export class StopHandler {
  constructor(
    private readonly parts: ShellParts,
    private readonly dialog: DialogState,
    private readonly pendingBreak: PendingBreak,
    private readonly commands: CommandRunner,
    private readonly currentRun: CurrentRun,
  ) {}

  /** Resolves when the target goes on, or stands at a stop that stays. */
  async handleStop(stop: Stop): Promise<void> {
    const { target, breaks, screen } = this.parts;
    const { pendingBreak } = this;
    const leaving = (): boolean => this.dialog.leaving !== undefined;
    const { known } = target;
    if (!known) return;
    // On a bad line nothing is asked any more that the release does not need.
    if (leaving() && known.quality.isDegraded) return;
    const judged = await breaks.judge(stop).catch(() => 'other' as const);
    const wanted = (): boolean => judged === 'wanted' || pendingBreak.wanted || leaving();
    if (judged === 'spare' && target.stop === stop && !leaving()) {
      screen.line('A second break-in byte of the last CTRL+C has stopped the target again: it goes on.');
      await this.#go(stop);
      return;
    }
    const hit = stop.breakpoint;
    if (hit && --hit.passesLeft > 0 && judged !== 'wanted' && !leaving()) return this.#go(stop);
    const course = (await this.currentRun.control?.onStop(stop, known).catch(() => undefined)) ?? 'elsewhere';
    if (course === 'passing' && !wanted()) return this.#go(stop);
    const filter = this.parts.filters.of(stop);
    const passes = filter !== undefined && !breaksAt(filter, stop) && !wanted();
    if (passes && (await this.#pass(stop, filter, wanted))) return;
    const further =
      course === 'arrived' && this.currentRun.control?.goesOn && !wanted() ? this.currentRun.control : undefined;
    const quietly = stop.module !== undefined || this.currentRun.control?.owns(hit) === true;
    // Whoever has asked for a stop has it, and no pool hit of it: the break-in has an int3 of its own.
    const own = stop.reason === 'int3' && judged === 'wanted';
    const command = hit?.command ?? (own || passes || !filter ? undefined : commandOf(filter, stop));
    const commands = further ? undefined : command || undefined;
    screen.freshLine();
    // A breakpoint with commands is announced by nothing: what they print is its sign, as in kd.
    if (!quietly && (commands === undefined || !hit)) screen.lines(headLines(stop, own && !this.parts.options.quiet));
    if (commands === undefined) await this.#tellPlace(stop, known);
    if (hit?.once) await known.breakpoints.clear(hit).catch((error: unknown) => screen.line(messageOf(error)));
    // `gc` goes on as the target went before: what was on its way is so still.
    const kept = hit && !wanted() && endsWithGc(commands) ? this.currentRun.control : undefined;
    if (!kept) await this.#endRun(known);
    this.currentRun.control = further ?? kept;
    if (further) return this.#further(stop, further);
    if (commands !== undefined) await this.#carryOut(commands, stop, judged === 'wanted');
    if (kept && target.stop === stop) await this.#endRun(known);
    const stays = target.stop === stop && !leaving();
    // A hit came before the break-in: whoever looks for the sign of that finds it below.
    if (stays && hit && wanted() && !this.parts.options.quiet) screen.lines(formatBreakBox());
    // Where it stands is told of a stop that stays: of one that goes on nothing is read that would only be printed.
    if (stays && commands !== undefined) await this.#tellPlace(stop, known);
  }

  async #endRun(known: KnownTarget): Promise<void> {
    const runControl = this.currentRun.control;
    this.currentRun.control = undefined;
    await runControl?.end(known).catch((error: unknown) => this.parts.screen.line(messageOf(error)));
  }

  /** The target does not stay at an exception or event: it is told as far as it is to be. @returns whether it went on */
  async #pass(stop: Stop, filter: ExceptionFilter, wanted: () => boolean): Promise<boolean> {
    const { screen, target } = this.parts;
    if (filter.mode !== 'i' && stop.change.kind === 'exception') {
      screen.freshLine();
      screen.line(formatException(stop.change.code.toString(16).padStart(8, '0'), stop.change.firstChance));
    }
    const command = commandOf(filter, stop);
    if (command && !(await this.#carryOut(command, stop, false)) && target.stop === stop && !wanted()) return false;
    if (target.stop !== stop) return true;
    if (wanted()) return false;
    await this.#go(stop);
    return true;
  }

  /** The symbol line and the instruction line. */
  async #tellPlace(stop: Stop, known: KnownTarget): Promise<void> {
    const { screen } = this.parts;
    try {
      const lines = await placeLines(this.commands.sceneOf(known), stop.at, stop.code);
      screen.freshLine();
      screen.lines(lines);
    } catch (error) {
      screen.line(messageOf(error));
    }
  }

  async #further(stop: Stop, runControl: RunControl): Promise<void> {
    const context = this.commands.contextAt(stop);
    if (!context) return;
    await this.pendingBreak.whileGoingOn(true, () =>
      this.currentRun.start(runControl, context).catch((error: unknown) => this.parts.screen.line(messageOf(error))),
    );
  }

  /**
   * A command string, up to what lets the target run. With a break-in on its way the target stays: whoever asked for it has it
   * then, at the price of no further stop.
   * @returns false when it ended with an error
   */
  async #carryOut(commands: string, stop: Stop, stay: boolean): Promise<boolean> {
    const { target } = this.parts;
    const { pendingBreak, dialog } = this;
    const carry = async (): Promise<boolean> => {
      for (const text of splitCommands(commands)) {
        if (target.stop !== stop || dialog.leaving !== undefined || pendingBreak.forbids(text)) return true;
        if (!(await this.commands.run(text, stop))) return false;
      }
      return true;
    };
    return pendingBreak.whileGoingOn(true, carry, stay);
  }

  async #go(stop: Stop): Promise<void> {
    const { target, screen, filters } = this.parts;
    await target.go(filters.handling(stop)).catch((error: unknown) => screen.line(messageOf(error)));
  }
}

/** The target goes on once, and as it went before. */
function endsWithGc(commands: string | undefined): boolean {
  const words = splitCommands(commands ?? '').map((each) => each.trim());
  return words.pop() === 'gc' && !words.some(resumesTarget);
}

/** The second chance is the last one: only what is to be ignored altogether goes past it. */
function breaksAt({ mode }: ExceptionFilter, { change }: Stop): boolean {
  const last = change.kind === 'exception' && !change.firstChance;
  return mode === 'e' || (mode === 'd' && last);
}

function commandOf(filter: ExceptionFilter, { change }: Stop): string | undefined {
  const last = change.kind === 'exception' && !change.firstChance;
  return last ? filter.secondCommand : filter.command;
}
