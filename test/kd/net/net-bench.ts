import type { BreakpointMode } from '../../../src/kd/control/breakpoints/breakpoint-strategy.js';
import { type Beginning, HostChannel } from '../../../src/kd/net/host-channel.js';
import type { NetPlace } from '../../../src/kd/net/place.js';
import { netForm } from '../../../src/kd/wire/packet-form.js';
import { createMachine } from '../../../src/simulator/machine/emulated-machine.js';
import type { Machine, MachineArchitecture } from '../../../src/simulator/machine/machine.js';
import { type KdVariant, measured } from '../../../src/simulator/stub/kd-variant.js';
import type { PartialStubOptions } from '../../../src/simulator/stub/stub-options.js';
import { TargetStub } from '../../../src/simulator/stub/target-stub.js';
import { KdHost } from '../kd-host.js';
import { keysOf } from './captures.js';
import { KEY, TARGET } from './net-peer.js';

export interface NetBenchOptions {
  readonly architecture?: MachineArchitecture;
  readonly personality?: KdVariant;
  readonly ways?: BreakpointMode;
  readonly stub?: PartialStubOptions;
}

/** A simulated target on virtual time, and the built-in kd's lower half at the other end of a network. */
export class NetBench extends KdHost {
  readonly machine: Machine;
  readonly stub: TargetStub;
  readonly channel: HostChannel;
  readonly begun: Beginning[] = [];
  /** Datagrams and their bytes, both ways. */
  readonly traffic = { datagrams: 0, bytes: 0 };
  /** What passed, as a capture has it. */
  readonly capture: string[] = [];
  /** Where the target's datagrams come from. */
  place: NetPlace = TARGET;
  /** Told what the target sends, before the host has it. */
  onDatagram: ((datagram: Buffer) => void) | undefined;

  constructor({ architecture = 'x64', personality = measured, ways = 'usual', stub = {} }: NetBenchOptions = {}) {
    super({ ways }, netForm);
    const keys = keysOf(KEY);
    const host = { address: '10.0.0.1', port: 50_000 };
    this.channel = new HostChannel(keys, {
      now: () => this.hostTimers.now(),
      random: () => Buffer.alloc(32, this.begun.length + Math.floor(this.clock.now()) + 1),
      send: (datagram) => {
        this.#count('host', datagram);
        this.stub.receive(datagram);
      },
      begun: (beginning) => {
        this.begun.push(beginning);
        if (beginning.anew) this.target.restarted();
        this.link.begun(beginning.anew);
      },
      alive: () => this.link.signOfLife(),
      packet: (body) => this.link.receive(body),
      note: (text) => this.notes.push(text),
    });
    this.machine = createMachine({ architecture, processors: 1, trapExit: personality.trapExit[architecture] });
    const net = { keys, places: () => ({ target: TARGET, host }) };
    this.stub = new TargetStub(this.machine, personality, this.clock, (bytes) => this.#came(bytes), { ...stub, net });
    this.stub.start();
  }

  protected override send(body: Buffer): void {
    this.channel.send(body);
  }

  #came(datagram: Buffer): void {
    this.#count('target', datagram);
    this.onDatagram?.(datagram);
    this.hostTimers.deliver(() => this.channel.receive(datagram, this.place));
  }

  #count(from: string, datagram: Buffer): void {
    this.traffic.datagrams++;
    this.traffic.bytes += datagram.length;
    this.capture.push(`${(this.clock.now() / 1000).toFixed(6)}\t${from}\t${datagram.toString('hex')}\n`);
  }

  address(symbol: string): bigint {
    const address = this.machine.address(symbol);
    if (address === undefined) throw new Error(`no ${symbol}`);
    return address;
  }

  /** Waits for the next stop that is told, and gives it. */
  async nextStop(limitMs?: number): Promise<void> {
    const { length } = this.stops;
    await this.until(() => this.stops.length > length && this.target.standsStill, limitMs);
  }

  /** Lets the target go, and waits until it stands again. */
  async hit(): Promise<void> {
    const { length } = this.stops;
    await this.go();
    await this.until(() => this.stops.length > length && this.target.standsStill);
  }
}
