import { breakIn, findStanding } from '../../src/kd/target/attach.js';
import { KdTarget, type KnownTarget, type TargetListener } from '../../src/kd/target/kd-target.js';
import type { ModuleEvent } from '../../src/kd/target/state-change.js';
import type { Stop } from '../../src/kd/target/stop.js';
import { Link } from '../../src/kd/wire/link.js';
import type { Direction } from '../../src/kd/wire/trace.js';
import { createMachine } from '../../src/machine/emulated-machine.js';
import type { Architecture, Machine } from '../../src/machine/machine.js';
import { measured, type Personality } from '../../src/simulator/stub/personality.js';
import type { PartialStubOptions } from '../../src/simulator/stub/stub-options.js';
import { TargetStub } from '../../src/simulator/stub/target-stub.js';
import { VirtualClock } from '../../src/simulator/stub/virtual-clock.js';

export interface KdBenchOptions {
  readonly architecture?: Architecture;
  readonly personality?: Personality;
  readonly processors?: number;
  readonly stub?: PartialStubOptions;
  /** Sees everything that enters the cable, e.g. a packet trace. */
  readonly trace?: (way: Direction, bytes: Uint8Array) => void;
}

/** Takes a chunk out of the cable (undefined), or passes it on. */
export type Hand = (bytes: Buffer) => Buffer | undefined;

/** A simulated target on virtual time, and the built-in kd's lower half at the other end of its cable. */
export class KdBench {
  readonly clock = new VirtualClock();
  readonly machine: Machine;
  readonly stub: TargetStub;
  readonly link: Link;
  readonly target: KdTarget;
  readonly stops: Stop[] = [];
  readonly notes: string[] = [];
  readonly modules: ModuleEvent[] = [];
  readonly told: string[] = [];
  readonly resumes: boolean[] = [];
  prints = '';
  /** What the target is told when it asks. */
  answer = 'i';
  /** A test may put its hands into the cable. */
  readonly hands: { toHost: Hand; toTarget: Hand } = { toHost: (bytes) => bytes, toTarget: (bytes) => bytes };

  constructor(options: KdBenchOptions = {}) {
    const { architecture = 'x86', personality = measured, processors = 1, stub = {}, trace } = options;
    this.machine = createMachine({ architecture, processors, trapExit: personality.trapExit[architecture] });
    const toHost = (bytes: Buffer): void => {
      trace?.('<', bytes);
      const passed = this.hands.toHost(bytes);
      if (passed) this.link.receive(passed);
    };
    this.stub = new TargetStub(this.machine, personality, this.clock, toHost, stub);
    const listener: TargetListener = {
      connected: () => this.told.push('connected'),
      stopped: (stop) => this.stops.push(stop),
      resumed: (confirmed) => this.resumes.push(confirmed),
      module: (event) => this.modules.push(event),
      shutdown: () => this.told.push('shutdown'),
      rebooted: () => this.told.push('rebooted'),
      refused: (machine) => this.told.push(`refused ${machine}`),
      note: (text) => this.notes.push(text),
    };
    this.link = new Link(
      (bytes) => {
        trace?.('>', bytes);
        const passed = this.hands.toTarget(bytes);
        if (passed) this.stub.receive(passed);
      },
      {
        stateChange: (payload, sync) => this.target.stateChange(payload, sync),
        sync: (type) => this.target.begunAnew(type),
        print: (text) => {
          this.prints += text.toString('latin1');
        },
        prompt: async () => this.answer,
        retrying: (times) => this.told.push(`retrying ${times}`),
        recovered: () => this.told.push('recovered'),
        fileRefused: (name) => this.told.push(`file ${name}`),
      },
      this.clock,
    );
    this.target = new KdTarget(this.link, listener, this.clock);
    this.stub.start();
    this.stub.connect();
  }

  get known(): KnownTarget {
    if (!this.target.known) throw new Error('the target has not answered');
    return this.target.known;
  }

  get stop(): Stop {
    if (!this.target.stop) throw new Error('the target does not stand');
    return this.target.stop;
  }

  /** Lets time pass until the promise is settled. */
  settle<T>(promise: Promise<T>): Promise<T> {
    return this.clock.settle(promise);
  }

  /** Lets time pass until the condition holds. @throws Error when it does not within so many virtual ms */
  async until(condition: () => boolean, limitMs = 60_000): Promise<void> {
    if (!(await this.clock.runUntilAsync(condition, limitMs)))
      throw new Error(`not within ${limitMs} ms: ${condition}`);
  }

  async attach(): Promise<boolean> {
    return this.settle(findStanding(this.target));
  }

  async breakIn(): Promise<boolean> {
    const { stopped } = await this.settle(breakIn(this.target));
    if (stopped) await this.until(() => this.target.standsStill);
    return stopped;
  }

  /** Attaches to a running target, and stops it. */
  async stand(): Promise<this> {
    await this.attach();
    if (!(await this.breakIn())) throw new Error('the target does not stop');
    return this;
  }

  /** How many requests of that API the target has got. */
  requests(api: number): number {
    return this.stub.books.requests_by_api[api.toString(16)] ?? 0;
  }

  async go(): Promise<void> {
    await this.settle(this.target.go());
  }

  address(symbol: string): bigint {
    const address = this.machine.address(symbol);
    if (address === undefined) throw new Error(`no ${symbol}`);
    return address;
  }
}
