import type { KeyActions } from '../../../src/kd/console/keyboard.js';
import { Screen } from '../../../src/kd/console/screen.js';
import type { BreakpointMode } from '../../../src/kd/control/breakpoints/breakpoint-strategy.js';
import { HostChannel } from '../../../src/kd/net/host-channel.js';
import { KdRun } from '../../../src/kd/shell/kd-run.js';
import { symbolLoader } from '../../../src/kd/shell/symbol-loader.js';
import type { ByteListener } from '../../../src/kd/stream/byte-stream.js';
import { parseKdOptions } from '../../../src/kd-text/kd-options.js';
import { createMachine } from '../../../src/simulator/machine/emulated-machine.js';
import type { KernelName } from '../../../src/simulator/machine/kernels.js';
import type { Machine, MachineArchitecture } from '../../../src/simulator/machine/machine.js';
import { type KdVariant, measured } from '../../../src/simulator/stub/kd-variant.js';
import type { PartialStubOptions } from '../../../src/simulator/stub/stub-options.js';
import { TargetStub } from '../../../src/simulator/stub/target-stub.js';
import { VirtualClock } from '../../../src/simulator/stub/virtual-clock.js';
import { keysOf } from '../net/captures.js';
import { KEY, TARGET } from '../net/net-peer.js';

/** Virtual milliseconds between two looks at the real world. */
const STEP_MS = 250;

export interface ShellBenchOptions {
  readonly architecture?: MachineArchitecture;
  /** Default: the usual one of the architecture. */
  readonly kernel?: KernelName;
  readonly personality?: KdVariant;
  readonly processors?: number;
  readonly stub?: PartialStubOptions;
  readonly args?: readonly string[];
  /** How fast kd takes the line to be; without it kd does not know. */
  readonly bytesPerSecond?: number;
  /** Over KDNET. */
  readonly net?: boolean;
  /** Past breakpoints. */
  readonly ways?: BreakpointMode;
  /** Known stacks are not read whole. */
  readonly knownStacks?: boolean;
  /** Where symbols are; without it the modules have none. */
  readonly symbols?: { readonly path: string; readonly cache: string; readonly images?: string };
}

/** The whole built-in kd at a simulated target, on virtual time: what is printed can be read, and keys can be pressed. */
export class ShellBench {
  readonly clock = new VirtualClock();
  readonly machine: Machine;
  readonly stub: TargetStub;
  text = '';
  /** Told what is printed. */
  onText: ((text: string) => void) | undefined;
  readonly run: KdRun;
  keys!: KeyActions;
  /** Settled when kd has left. */
  readonly ended: Promise<number>;
  exitCode: number | undefined;
  /** What the keys have set. */
  readonly state = { initialBreak: 0, verbose: false, start: () => {}, stop: () => {} };
  #host: ByteListener | undefined;
  #channel: HostChannel | undefined;
  /** What has passed between host and target, both ways: on KDNET datagrams. */
  readonly traffic = { pieces: 0, bytes: 0 };
  /** Told what the target sends. */
  onBytes: ((bytes: Buffer) => void) | undefined;

  constructor({
    architecture = 'x86',
    kernel,
    personality = measured,
    processors = 1,
    stub = {},
    args = [],
    ways = 'usual',
    knownStacks = false,
    bytesPerSecond,
    symbols,
    net = false,
  }: ShellBenchOptions = {}) {
    this.machine = createMachine({
      architecture,
      processors,
      trapExit: personality.trapExit[architecture],
      ...(kernel !== undefined && { kernel }),
    });
    this.stub = new TargetStub(
      this.machine,
      personality,
      this.clock,
      (bytes) => {
        this.#count(bytes);
        this.onBytes?.(bytes);
        if (this.#channel) this.#channel.receive(bytes, TARGET);
        else this.#host?.bytes(bytes);
      },
      { ...stub, ...(net && { net: { keys: keysOf(KEY), places: () => ({ target: TARGET, host: TARGET }) } }) },
    );
    this.stub.start();
    const screen = new Screen((text) => {
      this.text += text;
      this.onText?.(text);
    });
    const settings = { symbolPath: symbols?.path ?? '', imagePath: symbols?.images ?? '', noisy: false };
    this.run = new KdRun({
      options: parseKdOptions(args, {}),
      screen,
      ways,
      knownStacks,
      banner: 'livedebug Kernel Debugger Version 0.0.0 TEST',
      timers: this.clock,
      passed: () => {},
      commands: [],
      openError: String,
      settings,
      ...(symbols !== undefined && { loadSymbols: symbolLoader(settings, symbols.cache, screen) }),
      line: {
        name: 'the bench',
        waits: false,
        reopens: true,
        bytesPerSecond,
        packets: net,
        open: async (listener) => (net ? this.#openNet(listener) : this.#open(listener)),
      },
      keys: (actions) => {
        this.keys = actions;
        return this.state;
      },
    });
    this.ended = this.run.run().then((code) => {
      this.exitCode = code;
      return code;
    });
  }

  #count({ length }: Uint8Array): void {
    this.traffic.pieces++;
    this.traffic.bytes += length;
  }

  #openNet(listener: ByteListener) {
    const channel = new HostChannel(keysOf(KEY), {
      now: () => this.clock.now(),
      random: () => Buffer.alloc(32, 7),
      send: (datagram) => {
        this.#count(datagram);
        this.stub.receive(datagram);
      },
      begun: (beginning) => listener.begun?.(beginning),
      alive: () => listener.alive?.(),
      packet: (body) => listener.bytes(body),
      note: (text) => listener.note?.(text),
    });
    this.#channel = channel;
    return {
      bytesPerSecond: undefined,
      write: (bytes: Uint8Array) => channel.send(Buffer.from(bytes)),
      drain: async () => {},
      close: async () => {
        this.#channel = undefined;
        this.stub.disconnect();
      },
    };
  }

  #open(listener: ByteListener) {
    this.#host = listener;
    this.stub.connect();
    return {
      bytesPerSecond: undefined,
      write: (bytes: Uint8Array) => {
        this.#count(bytes);
        this.stub.receive(bytes);
      },
      drain: async () => {},
      close: async () => {
        this.#host = undefined;
        this.stub.disconnect();
      },
    };
  }

  /** Lets time pass until the condition holds; files are read in real time meanwhile. @throws Error with what was printed */
  async until(condition: () => boolean, limitMs = 120_000): Promise<void> {
    for (let passed = 0; passed < limitMs; passed += STEP_MS) {
      if (await this.clock.runUntilAsync(condition, STEP_MS)) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    throw new Error(`${condition}\n${this.text.slice(-2000)}`);
  }

  /** Waits for a text that is printed from now on. */
  async see(text: string | RegExp, limitMs?: number): Promise<string> {
    const from = this.#seen;
    const found = (): RegExpExecArray | null => {
      const source = typeof text === 'string' ? text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : text.source;
      return new RegExp(source, 'm').exec(this.text.slice(from));
    };
    await this.until(() => found() !== null, limitMs);
    const match = found() as RegExpExecArray;
    this.#seen = from + match.index + match[0].length;
    return match[0];
  }
  #seen = 0;

  /** Types a command, and gives what it printed, up to the next prompt. */
  async command(line: string): Promise<string> {
    const from = this.text.length;
    this.keys.typed(line);
    await this.until(() => /(?:^|\n)(?:\d+: )?kd> $/.test(this.text.slice(from)));
    this.#seen = this.text.length;
    return this.text.slice(from).replace(/(?:\d+: )?kd> $/, '');
  }

  /** Breaks in, and waits for the prompt. */
  async breakIn(): Promise<void> {
    this.keys.interrupt();
    await this.see(/kd> $/);
  }

  /** The stream breaks: it is opened again by itself. */
  cut(): void {
    const host = this.#host;
    this.#host = undefined;
    this.stub.disconnect();
    host?.gone('cut');
  }

  /** Leaves with CTRL+B, and gives the exit code. */
  async leave(): Promise<number> {
    this.keys.leave('CTRL+B');
    return this.clock.settle(this.ended);
  }
}
