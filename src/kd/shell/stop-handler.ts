import { messageOf } from '../../fault.js';
import { resumesTarget } from '../../kd-text/commands.js';
import type { KdOptions } from '../../kd-text/kd-options.js';
import { splitCommands } from '../../kd-text/split-commands.js';
import { formatBreakBox, formatException } from '../../kd-text/stop.js';
import type { Screen } from '../console/screen.js';
import type { KdTarget } from '../control/kd-target.js';
import type { KnownTarget } from '../control/known-target.js';
import type { Stop } from '../control/stop.js';
import type { BreakRequest } from './break-request.js';
import type { EventFilters, ExceptionFilter } from './filters.js';
import type { PendingBreak } from './pending-break.js';
import { type BeginRunStep, RunControl } from './run-control.js';
import type { Scene, ShellContext } from './shell-context.js';
import { headLines, placeLines } from './text/stop-text.js';

export interface StopHandlerParts {
  readonly screen: Screen;
  readonly target: KdTarget;
  readonly breaks: BreakRequest;
  readonly options: KdOptions;
  readonly filters: EventFilters;
  readonly pendingBreak: PendingBreak;
  readonly leaving: () => boolean;
  readonly scene: (known: KnownTarget) => Scene;
  readonly contextAt: (stop: Stop) => ShellContext | undefined;
  /** Runs one command; gives false when it failed. */
  readonly command: (text: string, stop: Stop) => Promise<boolean>;
}

/** What becomes of a stop before anybody is asked: it is passed over, or told, and what a breakpoint or event wants is carried out. */
export class StopHandler {
  #runControl: RunControl | undefined;

  constructor(private readonly parts: StopHandlerParts) {}

  /** Goes on with an end in mind. */
  async runUntil(begin: BeginRunStep, steps: number, context: ShellContext): Promise<void> {
    this.#runControl = new RunControl(begin, steps);
    await this.#startLeg(this.#runControl, context);
  }

  /** Resolves when the target goes on, or stands at a stop that stays. */
  async handleStop(stop: Stop): Promise<void> {
    const { target, breaks, screen, pendingBreak, leaving } = this.parts;
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
    const course = (await this.#runControl?.onStop(stop, known).catch(() => undefined)) ?? 'elsewhere';
    if (course === 'passing' && !wanted()) return this.#go(stop);
    const filter = this.parts.filters.of(stop);
    const passes = filter !== undefined && !breaksAt(filter, stop) && !wanted();
    if (passes && (await this.#pass(stop, filter, wanted))) return;
    const further = course === 'arrived' && this.#runControl?.goesOn && !wanted() ? this.#runControl : undefined;
    const quietly = stop.module !== undefined || this.#runControl?.owns(hit) === true;
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
    const kept = hit && !wanted() && endsWithGc(commands) ? this.#runControl : undefined;
    if (!kept) await this.#endRun(known);
    this.#runControl = further ?? kept;
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
    const runControl = this.#runControl;
    this.#runControl = undefined;
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
      const lines = await placeLines(this.parts.scene(known), stop.at, stop.code);
      screen.freshLine();
      screen.lines(lines);
    } catch (error) {
      screen.line(messageOf(error));
    }
  }

  async #further(stop: Stop, runControl: RunControl): Promise<void> {
    const context = this.parts.contextAt(stop);
    if (!context) return;
    await this.parts.pendingBreak.whileGoingOn(true, () =>
      this.#startLeg(runControl, context).catch((error: unknown) => this.parts.screen.line(messageOf(error))),
    );
  }

  async #startLeg(runControl: RunControl, context: ShellContext): Promise<void> {
    try {
      await runControl.start(context);
    } catch (error) {
      // It may go on all the same: what it leaves in the target is taken out at its next stop.
      if (this.parts.target.stop === context.stop) await runControl.end(context.known).catch(() => {});
      throw error;
    }
  }

  /**
   * A command string, up to what lets the target run. With a break-in on its way the target stays: whoever asked for it has it
   * then, at the price of no further stop.
   * @returns false when it ended with an error
   */
  async #carryOut(commands: string, stop: Stop, stay: boolean): Promise<boolean> {
    const { pendingBreak, target, leaving, command } = this.parts;
    const carry = async (): Promise<boolean> => {
      for (const text of splitCommands(commands)) {
        if (target.stop !== stop || leaving() || pendingBreak.forbids(text)) return true;
        if (!(await command(text, stop))) return false;
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
