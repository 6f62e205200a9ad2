// The whole built-in kd at a simulated target in one process, on virtual time: what a session moves on the line.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Screen } from '../../dist/kd/console/screen.js';
import { HostChannel } from '../../dist/kd/net/host-channel.js';
import { parseKey } from '../../dist/kd/net/key.js';
import { KdRun } from '../../dist/kd/shell/kd-run.js';
import { symbolLoader } from '../../dist/kd/shell/symbol-loader.js';
import { parseKdOptions } from '../../dist/kd-text/kd-options.js';
import { createMachine } from '../../dist/simulator/machine/emulated-machine.js';
import { measured } from '../../dist/simulator/stub/kd-variant.js';
import { TargetStub } from '../../dist/simulator/stub/target-stub.js';
import { VirtualClock } from '../../dist/simulator/stub/virtual-clock.js';

const IMAGES = fileURLToPath(new URL('../../fixtures/images', import.meta.url));
/** Virtual milliseconds between two looks at the real world: files are read in real time. */
const STEP_MS = 250;
const LIMIT_MS = 600_000;
const KEYS = parseKey('1.2.3.4');
const TARGET = { address: '10.0.0.7', port: 50_001 };
const HOST = { address: '10.0.0.5', port: 50_000 };

export class SimulatedShell {
  clock = new VirtualClock();
  text = '';
  /** Bytes that have passed, both ways. */
  bytes = 0;
  /** Datagrams of KDNET that have passed, and their bytes. */
  traffic = { datagrams: 0, bytes: 0 };
  #cache = mkdtempSync(path.join(os.tmpdir(), 'livedebug-bench-'));

  /** @param {{architecture: 'x86' | 'x64', baud?: number, ways?: 'careful' | 'usual' | 'code-slack', wakes: Record<string, number>, personality?: object, stub?: object, net?: boolean}} options */
  constructor({ architecture, baud = 0, ways = 'usual', wakes, personality = measured, stub = {}, net = false }) {
    const machine = createMachine({ architecture, processors: 1, trapExit: personality.trapExit[architecture] });
    const toHost = (bytes) => {
      if (net) this.#count(bytes);
      if (this.channel) this.channel.receive(bytes, TARGET);
      else this.host?.bytes(bytes);
    };
    this.stub = new TargetStub(machine, personality, this.clock, toHost, {
      baud,
      state: 'running',
      wakes,
      ...(net && { net: { keys: KEYS, places: () => ({ target: TARGET, host: HOST }) } }),
      ...stub,
    });
    this.stub.start();
    const screen = new Screen((text) => {
      this.text += text;
    });
    const settings = { symbolPath: path.join(IMAGES, architecture), imagePath: '', noisy: false };
    const run = new KdRun({
      options: parseKdOptions([], {}),
      screen,
      timers: this.clock,
      ways,
      commands: [],
      openError: String,
      settings,
      passed: (_way, bytes) => {
        this.bytes += bytes.length;
      },
      loadSymbols: symbolLoader(settings, this.#cache, screen),
      line: {
        name: 'the bench',
        waits: false,
        reopens: true,
        bytesPerSecond: baud === 0 ? undefined : baud / 10,
        packets: net,
        open: async (listener) => (net ? this.#openNet(listener) : this.#open(listener)),
      },
      keys: (actions) => {
        this.keys = actions;
        return { initialBreak: 0, verbose: false, start: () => {}, stop: () => {} };
      },
    });
    this.ended = run.run();
  }

  #open(listener) {
    this.host = listener;
    this.stub.connect();
    return {
      bytesPerSecond: undefined,
      write: (bytes) => this.stub.receive(bytes),
      drain: async () => {},
      close: async () => this.stub.disconnect(),
    };
  }

  #openNet(listener) {
    this.channel = new HostChannel(KEYS, {
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
    return {
      bytesPerSecond: undefined,
      write: (bytes) => this.channel.send(Buffer.from(bytes)),
      drain: async () => {},
      close: async () => {},
    };
  }

  #count({ length }) {
    this.traffic.datagrams++;
    this.traffic.bytes += length;
  }

  /** Waits for a text that is printed from now on; gives what was printed up to there, and forgets it. */
  async see(text) {
    const there = () => this.text.includes(text);
    for (let passed = 0; !there(); passed += STEP_MS) {
      if (passed > LIMIT_MS) throw new Error(`never printed ${text}:\n${this.text.slice(-2000)}`);
      if (!(await this.clock.runUntilAsync(there, STEP_MS))) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const end = this.text.indexOf(text) + text.length;
    const seen = this.text.slice(0, end);
    this.text = this.text.slice(end);
    return seen;
  }

  type(line) {
    this.keys.typed(line);
  }

  async breakIn() {
    this.keys.interrupt();
    await this.see('kd> ');
  }

  get haltedMs() {
    return this.stub.books.halted_ms;
  }

  async leave() {
    this.keys.leave('q');
    let ended = false;
    void this.ended.then(() => {
      ended = true;
    });
    await this.clock.runUntilAsync(() => ended, LIMIT_MS);
    rmSync(this.#cache, { recursive: true, force: true });
  }
}
