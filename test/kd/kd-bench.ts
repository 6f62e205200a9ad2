import type { BreakpointMode } from '../../src/kd/control/breakpoints/breakpoint-strategy.js';
import { PACKET } from '../../src/kd/wire/packet.js';
import type { Direction } from '../../src/kd/wire/trace/trace.js';
import { createMachine } from '../../src/simulator/machine/emulated-machine.js';
import type { Machine, MachineArchitecture } from '../../src/simulator/machine/machine.js';
import { type KdVariant, measured, windows } from '../../src/simulator/stub/kd-variant.js';
import type { PartialStubOptions } from '../../src/simulator/stub/stub-options.js';
import { TargetStub } from '../../src/simulator/stub/target-stub.js';
import { KdHost } from './kd-host.js';

export interface KdBenchOptions {
  readonly architecture?: MachineArchitecture;
  readonly personality?: KdVariant;
  readonly processors?: number;
  /** Breakpoints only in the target's table. */
  readonly ways?: BreakpointMode;
  readonly stub?: PartialStubOptions;
  /** Sees what the host sends and gets, as a packet trace does. */
  readonly trace?: (way: Direction, bytes: Uint8Array) => void;
}

/** Takes a chunk out of the cable (undefined), or passes it on. */
export type Hand = (bytes: Buffer) => Buffer | undefined;

/** Both architectures with the habits of both kernels. */
export const KINDS = (['x86', 'x64'] as const).flatMap((architecture) =>
  [measured, windows].map((personality) => ({
    architecture,
    personality,
    name: `${personality.name} ${architecture}`,
  })),
);

/** True for a STATE_MANIPULATE packet of that API. */
export function isRequest(bytes: Buffer, api: number): boolean {
  return bytes.length > 72 && bytes.readUInt16LE(4) === PACKET.stateManipulate && bytes.readUInt32LE(16) === api;
}

/** A simulated target on virtual time, and the built-in kd's lower half at the other end of its cable. */
export class KdBench extends KdHost {
  readonly machine: Machine;
  readonly stub: TargetStub;
  /** A test may put its hands into the cable. */
  readonly hands: { toHost: Hand; toTarget: Hand } = { toHost: (bytes) => bytes, toTarget: (bytes) => bytes };
  readonly #trace: KdBenchOptions['trace'];

  constructor(options: KdBenchOptions = {}) {
    super({ ways: options.ways ?? 'usual' });
    const { architecture = 'x86', personality = measured, processors = 1, stub = {}, trace } = options;
    this.#trace = trace;
    this.machine = createMachine({ architecture, processors, trapExit: personality.trapExit[architecture] });
    this.stub = new TargetStub(this.machine, personality, this.clock, (bytes) => this.#came(bytes), stub);
    this.stub.start();
    this.stub.connect();
  }

  protected override send(bytes: Buffer): void {
    this.#trace?.('>', bytes);
    const passed = this.hands.toTarget(bytes);
    if (passed) this.stub.receive(passed);
  }

  #came(bytes: Buffer): void {
    const passed = this.hands.toHost(bytes);
    if (!passed) return;
    this.hostTimers.deliver(() => {
      this.#trace?.('<', passed);
      this.link.receive(passed);
    });
  }

  /** Stops it, sets the pool breakpoint, and looks after it from now on. */
  async collect(): Promise<this> {
    await this.stand();
    this.known.breakpoints.add(this.address('nt!MmAllocateSpecialPool'), 'software');
    this.target.lookAfter(() => true);
    return this;
  }

  /** Goes on to the next stop. */
  async hit(): Promise<void> {
    const before = this.stops.length;
    await this.go();
    await this.until(() => this.stops.length > before && this.target.standsStill, 90_000);
  }

  /** How many requests of that API the target has got. */
  requests(api: number): number {
    return this.stub.books.requests_by_api[api.toString(16)] ?? 0;
  }

  address(symbol: string): bigint {
    const address = this.machine.address(symbol);
    if (address === undefined) throw new Error(`no ${symbol}`);
    return address;
  }
}
