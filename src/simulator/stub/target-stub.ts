import { encodeControl, PACKET } from '../../kd/wire/packet.js';
import type { Machine } from '../machine/machine.js';
import { createRandom } from '../random.js';
import { Cable } from './cable.js';
import type { KdVariant } from './kd-variant.js';
import { type Kernel, type KernelEvent, newKernel } from './kernel.js';
import { KdLink } from './line/kd-link.js';
import { SerialPort } from './line/serial-port.js';
import type { LinkPort, TargetLink } from './line/target-link.js';
import { NetLink } from './net/net-link.js';
import { PacketPort } from './net/packet-port.js';
import { TargetChannel } from './net/target-channel.js';
import { StubStatistics } from './statistics/stub-statistics.js';
import type { TargetBooks } from './statistics/target-statistics.js';
import { type PartialStubOptions, type StubOptions, withDefaults } from './stub-options.js';
import type { TargetClock } from './target-clock.js';
import { type BootState, runBoots } from './threads/boot-loop.js';
import { TaskRunner } from './threads/task-runner.js';

/**
 * The simulated target: a machine, the kernel's half of KD on top of it, and the cable to it.
 * It is driven by the clock and by the bytes it receives, and says nothing before `start`.
 */
export class TargetStub {
  readonly options: StubOptions;
  readonly statistics: StubStatistics;
  readonly #kernel: Kernel;
  readonly #port: SerialPort | PacketPort;
  /** KDNET below its packets; undefined on a serial line. */
  readonly #channel: TargetChannel | undefined;
  readonly #taskRunner: TaskRunner;
  readonly #cable: Cable;
  /** The next data packet is cut in its middle, and is the target's last. */
  #dying = false;
  #booted = false;
  #stopJudging: (() => void) | undefined;

  /** @param send takes bytes that leave the cable at the host's end */
  constructor(
    readonly machine: Machine,
    readonly personality: KdVariant,
    private readonly clock: TargetClock,
    send: (bytes: Buffer) => void,
    options: PartialStubOptions = {},
  ) {
    this.options = withDefaults({ architecture: machine.architecture, ...options });
    const { net, fifoBytes } = this.options;
    this.statistics = new StubStatistics(
      `${personality.name} ${this.options.architecture}, kernel ${machine.kernel.name}`,
      clock,
    );
    const { books } = this.statistics;
    const arrived = (bytes: Buffer): void => this.#arrived(bytes);
    const left = (bytes: Buffer): void => {
      books.bytes_out += bytes.length;
      send(bytes);
    };
    this.#port = net ? new PacketPort() : new SerialPort(fifoBytes);
    this.#taskRunner = new TaskRunner(clock, this.#port);
    this.#cable = new Cable(clock, this.options, arrived, left);
    this.#channel = net && this.#channelWith(net);
    this.#kernel = this.#newKernel();
    this.statistics.watch(machine, () => this.#kernel.injected.all());
  }

  get books(): TargetBooks {
    this.statistics.refresh();
    return this.statistics.books;
  }

  /** Begins the target's life in the state of its options. */
  start(): void {
    const { state } = this.options;
    if (state === 'off') return;
    this.#begin(state === 'boot' ? 'boot' : state);
  }

  /** Ends everything: no timer stays. */
  stop(): void {
    this.#taskRunner.stop();
    this.#channel?.stop();
    this.#cable.clear();
    this.#stopJudging?.();
    this.statistics.refresh();
    this.statistics.books.ended = true;
    this.statistics.changed(true);
  }

  /** Switches the power on, or off and on: an unannounced reboot, whatever the target was at. */
  power(): void {
    this.#begin(this.#booted ? 'reboot' : 'boot');
  }

  /** Bytes from the host enter the cable. */
  receive(bytes: Uint8Array): void {
    this.#cable.toTarget.send(bytes);
  }

  /** Puts the cable in or takes it out; bytes under way vanish. */
  cable(inserted: boolean): void {
    this.#cable.insert(inserted);
    this.statistics.books.target.unreachable = !inserted;
    this.statistics.changed(true);
  }

  /** A client took hold of the host's end of the cable. */
  connect(): void {
    this.statistics.connected(true);
  }

  /** It let go. What is still under way to the target arrives before anybody judges how it was left. */
  disconnect(): void {
    this.statistics.connected(false);
    this.#judge();
  }

  /** The target dies: now, or in the middle of the next packet it sends. */
  die(when: 'now' | 'in-packet' = 'now'): void {
    if (when === 'in-packet') this.#dying = true;
    else this.#end();
  }

  /** Something is to happen in the running kernel; while it stands still, it waits. */
  happen(event: KernelEvent): void {
    this.#kernel.agenda.push(event);
  }

  #begin(beginning: BootState): void {
    this.#booted = true;
    this.#dying = false;
    this.#port.clear();
    this.#taskRunner.start(this.#whole(beginning));
  }

  *#whole(beginning: BootState): ReturnType<typeof runBoots> {
    yield* runBoots(this.#kernel, beginning);
    this.#end();
  }

  #end(): void {
    this.#taskRunner.stop();
    this.#channel?.stop();
    this.#port.clear();
    this.statistics.resumed('dead');
    this.statistics.changed(true);
  }

  #arrived(bytes: Buffer): void {
    this.statistics.books.bytes_in += bytes.length;
    if (!this.#taskRunner.alive) return;
    if (this.#channel) this.#channel.receive(bytes);
    else this.#put(bytes);
    this.statistics.changed();
  }

  #put(bytes: Buffer): void {
    if (this.#port instanceof PacketPort) {
      this.#port.put(bytes);
      this.#taskRunner.bytesCame();
      return;
    }
    // A real port's buffer is emptied as bytes come; an emulated one has a piece of them before anybody looks.
    const piece = this.options.fifoBytes > 0 ? 1 : PIECE;
    for (const [index, byte] of bytes.entries()) {
      this.#port.put(byte);
      if (index % piece === piece - 1) this.#taskRunner.bytesCame();
    }
    this.#taskRunner.bytesCame();
  }

  #channelWith({ keys, places }: NonNullable<StubOptions['net']>): TargetChannel {
    return new TargetChannel(keys, {
      clock: this.clock,
      random: createRandom(this.options.seed + 4),
      places,
      send: (datagram) => this.#cable.toHost.send(datagram),
      packet: (body) => this.#put(body),
      keyed: () => {
        this.#kernel.link.debuggerPresent = true;
        this.statistics.connected(true);
        // What the last host has not acknowledged, and why the target stands, this one does not know.
        this.#put(encodeControl(PACKET.resend, 0));
      },
    });
  }

  /** Looks at how the target was left once nothing moves any more, and again as long as nobody comes. */
  #judge(): void {
    this.#stopJudging?.();
    const { target } = this.statistics.books;
    if (target.connected || this.statistics.books.ended) return;
    if (this.#cable.toTarget.underWay === 0) this.statistics.inspect();
    this.#stopJudging = this.clock.after(JUDGE_MS, () => this.#judge());
  }

  #transmit(bytes: Buffer): number {
    if (this.#channel) {
      if (this.#dying && bytes.length > 20) this.#end();
      else this.#channel.send(bytes);
      return 0;
    }
    if (this.#dying && bytes.length > 20) {
      this.#cable.toHost.send(bytes.subarray(0, bytes.length >> 1));
      this.#end();
      return 0;
    }
    this.#cable.toHost.send(bytes);
    return this.#cable.serialMs(bytes);
  }

  #newKernel(): Kernel {
    const { machine, personality, clock, options, statistics } = this;
    return newKernel({
      machine,
      personality,
      clock,
      options,
      statistics,
      link: this.#newLink(),
      port: this.#port,
      // A boot loader writes to a serial port only.
      transmitText: (text) => (this.#channel ? 0 : this.#transmit(Buffer.from(text, 'latin1'))),
    });
  }

  #newLink(): TargetLink {
    const { personality } = this;
    const { faults } = this.options;
    const { books } = this.statistics;
    const port: LinkPort = {
      transmit: (bytes) => this.#transmit(bytes),
      outgoingId: (id) => (faults.staleId > 0 && this.#kernel.random() < faults.staleId ? (id ^ 1) >>> 0 : id),
      counted: (what) => {
        if (what === 'packet-in') books.packets_in++;
        else if (what === 'packet-out') books.packets_out++;
        else books.breaks_swallowed++;
      },
    };
    return this.#port instanceof PacketPort
      ? new NetLink(port, this.#port, personality, () => this.#channel?.restart())
      : new KdLink(port, personality);
  }
}

/** Bytes that reach an emulated port at once. */
const PIECE = 4096;
/** How often a target that nobody is connected to is looked at, ms. */
const JUDGE_MS = 250;
