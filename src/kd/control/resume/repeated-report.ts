import type { BreakpointStrategy } from '../breakpoints/breakpoint-strategy.js';
import type { Stop } from '../stop.js';
import type { Stepping } from './step-off.js';

// Whether a report is one that the target was told to go on from already: the resume may have got lost. What follows is in resume.ts.

/** A thread where it stood. */
interface Standing {
  readonly thread: bigint;
  readonly pc: bigint;
}

/** Knows what was gone on from last. A break-in is none of it: whoever asks for one again is to see where it stands. */
export class RepeatedReports {
  #steppedTo: Standing | undefined;

  constructor(private readonly strategy: BreakpointStrategy) {}

  /** A step has ended there. */
  stepEnded({ change, pc }: Stop): void {
    this.#steppedTo = { thread: change.thread, pc };
  }

  /** Another boot, another line. */
  forget(): void {
    this.#steppedTo = undefined;
  }

  /**
   * A thread that is stepped comes back to its breakpoint only behind the step, and no step ends that was not ordered.
   * @param stepping the step off a breakpoint that is under way
   * @param ordered whether the thread has been told to execute one instruction
   * @throws LinkError
   */
  async isRepeated(stop: Stop, stepping: Stepping | undefined, ordered: boolean): Promise<boolean> {
    if (await this.strategy.isRepeatedReport(stop)) return true;
    if (stop.reason === 'breakpoint')
      return (
        stepping !== undefined && !stepping.trying && isThere({ thread: stepping.thread, pc: stepping.from }, stop)
      );
    return stop.reason === 'step' && !ordered && isThere(this.#steppedTo, stop);
  }
}

function isThere(standing: Standing | undefined, { change, pc }: Stop): boolean {
  return standing?.thread === change.thread && standing.pc === pc;
}
