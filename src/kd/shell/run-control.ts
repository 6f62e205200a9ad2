import type { Breakpoint } from '../control/breakpoints/breakpoint.js';
import type { KdTarget } from '../control/kd-target.js';
import type { KnownTarget } from '../control/known-target.js';
import type { Stop } from '../control/stop.js';
import type { ShellContext } from './shell-context.js';

/** One step of a run: where it ends, and what lets the target go there. */
export interface RunStep {
  /** It is one instruction. */
  readonly single?: boolean;
  /** Breakpoints of its own. */
  readonly temporary: readonly Breakpoint[];
  /** The thread that travels; undefined for whichever comes by. */
  readonly thread?: bigint;
  /** A deeper call of the same code has its stack below. */
  readonly stackFrom?: bigint;
  resume(): Promise<unknown>;
}

export type BeginRunStep = (context: ShellContext) => Promise<RunStep>;

/** `p`, `t 5`, `gu`, `g address`: the target goes on with an end in mind, and every other stop ends the run. */
export class RunControl {
  #step: RunStep | undefined;

  /** @param left steps that are still to be gone */
  constructor(
    private readonly begin: BeginRunStep,
    private left: number,
  ) {}

  /** True when the next stop of the run is not its last one. */
  get goesOn(): boolean {
    return this.left > 0;
  }

  async start(context: ShellContext): Promise<void> {
    this.left--;
    this.#step = await this.begin(context);
    await this.#step.resume();
  }

  /** True for a breakpoint that nobody has set but a run. */
  owns(breakpoint: Breakpoint | undefined): boolean {
    return breakpoint !== undefined && this.#step?.temporary.includes(breakpoint) === true;
  }

  /** `passing` is the right place with the wrong thread, or deeper in the stack. @throws LinkError */
  async onStop(stop: Stop, { contexts, architecture }: KnownTarget): Promise<'arrived' | 'passing' | 'elsewhere'> {
    const step = this.#step;
    if (!step) return 'elsewhere';
    const sameThread = step.thread === undefined || step.thread === stop.change.thread;
    if (step.single) return stop.reason === 'step' && sameThread ? 'arrived' : 'elsewhere';
    if (!this.owns(stop.breakpoint)) return 'elsewhere';
    if (!sameThread) return 'passing';
    return step.stackFrom === undefined || (await contexts.get(architecture.sp)) >= step.stackFrom
      ? 'arrived'
      : 'passing';
  }

  /** Takes out what is left in the target. */
  async end({ breakpoints }: KnownTarget): Promise<void> {
    const temporary = this.#step?.temporary ?? [];
    this.#step = undefined;
    for (const each of temporary) if (breakpoints.list.includes(each)) await breakpoints.clear(each);
  }
}

/** The run that is under way, if there is one. */
export class CurrentRun {
  control: RunControl | undefined;

  constructor(private readonly target: KdTarget) {}

  /** Lets the target go on with an end in mind, so many times. @throws as the command that begins it */
  async begin(begin: BeginRunStep, steps: number, context: ShellContext): Promise<void> {
    const control = new RunControl(begin, steps);
    this.control = control;
    await this.start(control, context);
  }

  /** One more step of a run. */
  async start(control: RunControl, context: ShellContext): Promise<void> {
    try {
      await control.start(context);
    } catch (error) {
      // It may go on all the same: what it leaves in the target is taken out at its next stop.
      if (this.target.stop === context.stop) await control.end(context.known).catch(() => {});
      throw error;
    }
  }
}

/** Adds a breakpoint that a run ends at; none where a breakpoint stops the target anyway. */
export function temporaryAt({ breakpoints }: KnownTarget, address: bigint): Breakpoint[] {
  const stops = ['software', 'execute'];
  const there = breakpoints.list.some(
    (each) => each.enabled && each.address === address && stops.includes(each.access),
  );
  return there ? [] : [breakpoints.add(address, 'software')];
}
