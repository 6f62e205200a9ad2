import { API, type Request } from './api.js';
import type { Architecture } from './architecture.js';
import type { KnownTarget } from './known-target.js';
import { quiet } from './requests.js';
import type { Stop } from './stop.js';

/** The answer to an exception: kd's `g`, `gh`, `gn`. */
export type Handling = 'default' | 'handled' | 'not-handled';

const DBG_CONTINUE = 0x0001_0002;
const DBG_EXCEPTION_HANDLED = 0x0001_0001;
const DBG_EXCEPTION_NOT_HANDLED = 0x8001_0001;
/** CurrentSymbolStart that leaves the range of `wt` alone. */
const NO_RANGE = 1;
const INT3 = 0xcc;

/** The Continue that leaves trap flag and debug registers as they are: for load-symbols stops. */
export function plainContinue(): Request {
  return quiet({ api: API.continue, fields: [[16, DBG_CONTINUE]] });
}

/** Continue2 with its control set. DR7 goes to every processor: what is not in it is disarmed. */
export function continueRequest(architecture: Architecture, status: number, trace: boolean, dr7: bigint): Request {
  const { control, bits } = architecture;
  const wide = (value: bigint): number | bigint => (bits === 32 ? Number(value) : value);
  return quiet({
    api: API.continue2,
    fields: [
      [16, status],
      [20, trace ? 1 : 0],
      [control.dr7, wide(dr7)],
      [control.symbolStart, wide(BigInt(NO_RANGE))],
      [control.symbolEnd, wide(0n)],
    ],
  });
}

/** Gets a target off the place where it stands: past an int3 of its own, over a breakpoint of ours, or simply on. */
export class Resumer {
  /** The step off a breakpoint that is under way. */
  #stepping: { readonly thread: bigint; readonly ended: (stop: Stop | undefined) => void } | undefined;
  /** Threads whose step was overtaken by another stop: their traps still come. */
  readonly #overtaken = new Set<bigint>();
  /** Threads that were told to execute one instruction, and have not been seen to have done it. */
  readonly #pending = new Set<bigint>();

  /** @param send sends a resume and gives whether it was acknowledged; `quietly`: one instruction, of which nobody else hears */
  constructor(
    private readonly known: KnownTarget,
    private readonly send: (request: Request, quietly: boolean) => Promise<boolean>,
  ) {}

  /**
   * Looks at a stop first: the end of a step off a breakpoint is this class's own business, and goes on.
   * @returns the stop that is to be told; undefined for one that is not
   */
  sees(stop: Stop): Stop | undefined {
    const stepped = stop.reason === 'step' ? stop.change.thread : undefined;
    if (stepped !== undefined) this.#pending.delete(stepped);
    const stepping = this.#stepping;
    this.#stepping = undefined;
    if (stepping) {
      const ours = stepped === stepping.thread;
      // The instruction behind a breakpoint may have one of its own.
      const next = ours ? this.known.breakpoints.at(stop.pc) : undefined;
      if (!ours) this.#overtaken.add(stepping.thread);
      stepping.ended(ours && !next ? stop : undefined);
      if (next) return { ...stop, reason: 'breakpoint', breakpoint: next };
      return ours ? undefined : stop;
    }
    if (stepped === undefined || !this.#overtaken.delete(stepped)) return stop;
    void this.go(stop, 'default').catch(() => undefined);
    return undefined;
  }

  /**
   * Lets the target run.
   * @returns whether it acknowledged; true also when another stop came while it stepped off a breakpoint
   * @throws LinkError; Error for a refused breakpoint, with the target standing where it was
   */
  async go(stop: Stop, handling: Handling): Promise<boolean> {
    const { architecture, breakpoints, registers } = this.known;
    await this.passInt3(stop);
    const pc = this.#pc(stop);
    if (breakpoints.at(pc)) {
      const stepped = await this.#stepOff(stop, handling, pc);
      return stepped ? this.go(stepped, 'default') : true;
    }
    await this.#load(stop);
    const request = continueRequest(architecture, statusOf(stop, handling), false, registers.dr7());
    return this.send(request, false);
  }

  /** Executes one instruction; where it ended comes as a stop. @throws as `go` */
  async step(stop: Stop): Promise<void> {
    await this.passInt3(stop);
    const pc = this.#pc(stop);
    await this.#load(stop, pc);
    await this.#trace(stop, 'default', pc);
  }

  /** Nothing will come of a step any more: another boot, another line. */
  cancel(): void {
    this.#stepping?.ended(undefined);
    this.#stepping = undefined;
    this.#overtaken.clear();
    this.#pending.clear();
  }

  /** A thread still has an instruction to execute by itself: the target stops once more when it does. */
  get stepsPending(): boolean {
    return this.#pending.size > 0;
  }

  /** Gives the stop after the step; nothing when another one came first, or when none may come. */
  async #stepOff(stop: Stop, handling: Handling, pc: bigint): Promise<Stop | undefined> {
    await this.#load(stop, pc);
    const { thread } = stop.change;
    const ended = new Promise<Stop | undefined>((resolve) => {
      this.#stepping = { thread, ended: resolve };
    });
    let sent = false;
    try {
      sent = await this.#trace(stop, handling, pc);
      // Not acknowledged: if it was executed all the same, its end is passed over when it comes.
      if (!sent) this.#overtaken.add(thread);
    } finally {
      if (!sent) this.#stepping = undefined;
    }
    return sent ? ended : undefined;
  }

  async #trace(stop: Stop, handling: Handling, pc: bigint): Promise<boolean> {
    const { architecture, registers } = this.known;
    const request = continueRequest(architecture, statusOf(stop, handling), true, registers.dr7(pc));
    this.#pending.add(stop.change.thread);
    return this.send(request, true);
  }

  async #load(stop: Stop, except?: bigint): Promise<void> {
    await this.known.breakpoints.insert(except);
    await this.known.registers.load(stop.change.processors);
  }

  #pc(stop: Stop): bigint {
    return this.known.contexts.peek(this.known.architecture.pc) ?? stop.pc;
  }

  /** A processor that stands at an int3 of the code runs into it again and again unless it is set behind it. */
  async passInt3(stop: Stop): Promise<void> {
    this.known.contexts.select(stop.change.processor);
    const stands = stop.reason === 'int3' && !stop.repaired && stop.report.stream[0] === INT3;
    if (stands && this.#pc(stop) === stop.pc)
      await this.known.contexts.set({ [this.known.architecture.pc]: stop.pc + 1n });
  }
}

function statusOf(stop: Stop, handling: Handling): number {
  if (handling === 'handled') return DBG_EXCEPTION_HANDLED;
  if (handling === 'not-handled') return DBG_EXCEPTION_NOT_HANDLED;
  return stop.reason === 'exception' ? DBG_EXCEPTION_NOT_HANDLED : DBG_CONTINUE;
}
