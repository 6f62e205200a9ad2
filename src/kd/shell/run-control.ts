import type { Breakpoint } from '../control/breakpoints/breakpoint.js';
import type { KnownTarget } from '../control/known-target.js';
import type { Stop } from '../control/stop.js';
import type { ShellContext } from './shell-context.js';

/** One leg of a journey: where it ends, and what lets the target go there. */
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

/** `p`, `t 5`, `gu`, `g address`: the target goes on with an end in mind, and every other stop ends the journey. */
export class RunControl {
  #leg: RunStep | undefined;

  /** @param left legs that are still to be gone */
  constructor(
    private readonly begin: BeginRunStep,
    private left: number,
  ) {}

  /** True when the next stop of the journey is not its last one. */
  get goesOn(): boolean {
    return this.left > 0;
  }

  async start(context: ShellContext): Promise<void> {
    this.left--;
    this.#leg = await this.begin(context);
    await this.#leg.resume();
  }

  /** True for a breakpoint that nobody has set but a journey. */
  owns(breakpoint: Breakpoint | undefined): boolean {
    return breakpoint !== undefined && this.#leg?.temporary.includes(breakpoint) === true;
  }

  /** `passing` is the right place with the wrong thread, or deeper in the stack. @throws LinkError */
  async onStop(stop: Stop, { contexts, architecture }: KnownTarget): Promise<'arrived' | 'passing' | 'elsewhere'> {
    const leg = this.#leg;
    if (!leg) return 'elsewhere';
    const sameThread = leg.thread === undefined || leg.thread === stop.change.thread;
    if (leg.single) return stop.reason === 'step' && sameThread ? 'arrived' : 'elsewhere';
    if (!this.owns(stop.breakpoint)) return 'elsewhere';
    if (!sameThread) return 'passing';
    return leg.stackFrom === undefined || (await contexts.get(architecture.sp)) >= leg.stackFrom
      ? 'arrived'
      : 'passing';
  }

  /** Takes out what is left in the target. */
  async end({ breakpoints }: KnownTarget): Promise<void> {
    const temporary = this.#leg?.temporary ?? [];
    this.#leg = undefined;
    for (const each of temporary) if (breakpoints.list.includes(each)) await breakpoints.clear(each);
  }
}

/** Adds a breakpoint that a journey ends at; none where a breakpoint stops the target anyway. */
export function temporaryAt({ breakpoints }: KnownTarget, address: bigint): Breakpoint[] {
  const stops = ['software', 'execute'];
  const there = breakpoints.list.some(
    (each) => each.enabled && each.address === address && stops.includes(each.access),
  );
  return there ? [] : [breakpoints.add(address, 'software')];
}
