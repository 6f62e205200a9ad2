import type { Machine } from '../../machine/machine.js';
import { createRandom } from '../random.js';
import { BreakPointTable } from './break-points.js';
import { Conductor } from './conductor.js';
import { KdLink, type LinkPort } from './kd-link.js';
import type { Kernel, KernelEvent } from './kernel.js';
import { Ledger } from './ledger.js';
import { type Beginning, live } from './life.js';
import { byteMs, Line } from './line.js';
import type { Personality } from './personality.js';
import { PlantedCode } from './planted-code.js';
import { SerialPort } from './serial-port.js';
import { machineTypes } from './state-change.js';
import { type PartialStubOptions, type StubOptions, withDefaults } from './stub-options.js';
import type { TargetBooks } from './target-books.js';
import type { TargetClock } from './target-clock.js';
import { Wakes } from './wakes.js';

/**
 * The simulated target: a machine, the kernel's half of KD on top of it, and the cable to it.
 * It is driven by the clock and by the bytes it receives, and says nothing before `start`.
 */
export class TargetStub {
  readonly options: StubOptions;
  readonly ledger: Ledger;
  readonly #kernel: Kernel;
  readonly #port: SerialPort;
  readonly #conductor: Conductor;
  readonly #toTarget: Line;
  readonly #toHost: Line;
  /** The next data packet is cut in its middle, and is the target's last. */
  #dying = false;
  #booted = false;
  #stopJudging: (() => void) | undefined;

  /** @param send takes bytes that leave the cable at the host's end */
  constructor(
    readonly machine: Machine,
    readonly personality: Personality,
    private readonly clock: TargetClock,
    send: (bytes: Buffer) => void,
    options: PartialStubOptions = {},
  ) {
    this.options = withDefaults({ architecture: machine.architecture, ...options });
    const { baud, faults, seed, fifoBytes } = this.options;
    this.ledger = new Ledger(`${personality.name} ${this.options.architecture}, kernel ${machine.kernel.name}`, clock);
    const { books } = this.ledger;
    this.#port = new SerialPort(fifoBytes);
    this.#conductor = new Conductor(clock, this.#port);
    this.#toTarget = new Line(clock, baud, faults.toTarget, createRandom(seed), (bytes) => this.#arrived(bytes));
    this.#toHost = new Line(clock, baud, faults.toHost, createRandom(seed + 1), (bytes) => {
      books.bytes_out += bytes.length;
      send(bytes);
    });
    this.#kernel = this.#build(seed);
    this.ledger.watch(machine, () => this.#kernel.planted.all());
  }

  get books(): TargetBooks {
    this.ledger.refresh();
    return this.ledger.books;
  }

  /** Begins the target's life in the state of its options. */
  start(): void {
    const { state } = this.options;
    if (state === 'off') return;
    this.#begin(state === 'boot' ? 'boot' : state);
  }

  /** Ends everything: no timer stays. */
  stop(): void {
    this.#conductor.stop();
    this.#toTarget.clear();
    this.#toHost.clear();
    this.#stopJudging?.();
    this.ledger.refresh();
    this.ledger.books.ended = true;
    this.ledger.changed(true);
  }

  /** Switches the power on, or off and on: an unannounced reboot, whatever the target was at. */
  power(): void {
    this.#begin(this.#booted ? 'reboot' : 'boot');
  }

  /** Bytes from the host enter the cable. */
  receive(bytes: Uint8Array): void {
    this.#toTarget.send(bytes);
  }

  /** Puts the cable in or takes it out; bytes under way vanish. */
  cable(inserted: boolean): void {
    this.#toTarget.out = !inserted;
    this.#toHost.out = !inserted;
    this.ledger.books.target.unreachable = !inserted;
    this.ledger.changed(true);
  }

  /** A client took hold of the host's end of the cable. */
  connect(): void {
    this.ledger.connected(true);
  }

  /** It let go. What is still under way to the target arrives before anybody judges how it was left. */
  disconnect(): void {
    this.ledger.connected(false);
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

  #begin(beginning: Beginning): void {
    this.#booted = true;
    this.#dying = false;
    this.#port.clear();
    this.#conductor.start(this.#whole(beginning));
  }

  *#whole(beginning: Beginning): ReturnType<typeof live> {
    yield* live(this.#kernel, beginning);
    this.#end();
  }

  #end(): void {
    this.#conductor.stop();
    this.#port.clear();
    this.ledger.resumed('dead');
    this.ledger.changed(true);
  }

  #arrived(bytes: Buffer): void {
    this.ledger.books.bytes_in += bytes.length;
    if (!this.#conductor.alive) return;
    // A real port's buffer is emptied as bytes come; an emulated one has a piece of them before anybody looks.
    const piece = this.options.fifoBytes > 0 ? 1 : PIECE;
    for (const [index, byte] of bytes.entries()) {
      this.#port.put(byte);
      if (index % piece === piece - 1) this.#conductor.bytesCame();
    }
    this.#conductor.bytesCame();
    this.ledger.changed();
  }

  /** Looks at how the target was left once nothing moves any more, and again as long as nobody comes. */
  #judge(): void {
    this.#stopJudging?.();
    const { target } = this.ledger.books;
    if (target.connected || this.ledger.books.ended) return;
    if (this.#toTarget.underWay === 0) this.ledger.inspect();
    this.#stopJudging = this.clock.after(JUDGE_MS, () => this.#judge());
  }

  #transmit(bytes: Buffer): number {
    if (this.#dying && bytes.length > 20) {
      this.#toHost.send(bytes.subarray(0, bytes.length >> 1));
      this.#end();
      return 0;
    }
    this.#toHost.send(bytes);
    return bytes.length * byteMs(this.options.baud);
  }

  #build(seed: number): Kernel {
    const { machine, personality, clock, options, ledger } = this;
    const random = createRandom(seed + 2);
    const table = new BreakPointTable(machine.memory);
    const linkPort: LinkPort = {
      transmit: (bytes) => this.#transmit(bytes),
      outgoingId: (id) => (options.faults.staleId > 0 && random() < options.faults.staleId ? (id ^ 1) >>> 0 : id),
      counted: (what) => {
        if (what === 'packet-in') ledger.books.packets_in++;
        else if (what === 'packet-out') ledger.books.packets_out++;
        else ledger.books.breaks_swallowed++;
      },
    };
    return {
      ...{ machine, personality, clock, options, ledger, table, random },
      architecture: machine.architecture,
      wide: machine.architecture === 'x64',
      machineType: machineTypes[options.architecture],
      link: new KdLink(linkPort, personality),
      port: this.#port,
      planted: new PlantedCode(machine, table),
      wakes: new Wakes(machine, createRandom(seed + 3), options.wakes),
      msrs: new Map(),
      ioPorts: new Map(),
      transmitText: (text) => this.#transmit(Buffer.from(text, 'latin1')),
      agenda: [],
      stop: undefined,
      phase: 'booting',
      nextTick: 0,
      userPrint: false,
      crashed: false,
    };
  }
}

/** Bytes that reach an emulated port at once. */
const PIECE = 4096;
/** How often a target that nobody is connected to is looked at, ms. */
const JUDGE_MS = 250;
