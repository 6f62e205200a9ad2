// The lower half of the built-in kd and a simulated target in one process, on virtual time: what a debugger's bytes cost.
import { breakIn, findStanding } from '../../dist/kd/control/attach.js';
import { KdTarget } from '../../dist/kd/control/kd-target.js';
import { Link } from '../../dist/kd/wire/link.js';
import { createMachine } from '../../dist/simulator/machine/emulated-machine.js';
import { HostTimers } from '../../dist/simulator/stub/host-timers.js';
import { measured } from '../../dist/simulator/stub/kd-variant.js';
import { TargetStub } from '../../dist/simulator/stub/target-stub.js';
import { VirtualClock } from '../../dist/simulator/stub/virtual-clock.js';

/** What the target does at every hit. */
const QUIET = new Set(['connected', 'resumed', 'module', 'ids-restarted']);

export class SimulatedKd {
  clock = new VirtualClock();
  /** Time as the host has it: it may stand still while that of the target goes on. */
  hostTimers = new HostTimers(this.clock);
  /** Stops that nobody has taken yet. */
  stops = [];
  /** What the target said besides stops, in words. */
  notes = [];

  /** @param {{architecture: 'x86' | 'x64', personality?: object, baud?: number, processors?: number, ways?: 'careful' | 'usual' | 'code-slack', wakes?: Record<string, number>, seed?: number}} options */
  constructor({
    architecture,
    personality = measured,
    baud = 0,
    processors = 1,
    ways = 'usual',
    wakes = {},
    seed = 1,
  }) {
    const { clock, hostTimers } = this;
    this.machine = createMachine({ architecture, processors, trapExit: personality.trapExit[architecture] });
    const deliver = (bytes) => hostTimers.deliver(() => this.link.receive(bytes));
    this.stub = new TargetStub(this.machine, personality, clock, deliver, { baud, wakes, seed });
    const open = (listener) =>
      new Link((bytes) => this.stub.receive(bytes), listener, hostTimers, {
        bytesPerSecond: baud === 0 ? undefined : baud / 10,
      });
    this.target = new KdTarget(open, (event) => this.#onEvent(event), hostTimers, { ways });
    this.link = this.target.link;
    this.stub.start();
    this.stub.connect();
  }

  #onEvent(event) {
    if (event.kind === 'stopped') this.stops.push(event.stop);
    else if (event.kind === 'asked') event.answer(Promise.resolve('i'));
    else if (!QUIET.has(event.kind))
      this.notes.push([event.kind, event.text ?? event.times ?? event.name].join(' ').trim());
  }

  get known() {
    return this.target.known;
  }

  /** Lets time pass until the promise is settled. */
  settle(promise) {
    return this.clock.settle(promise);
  }

  /** The next stop that is told. */
  async stop(limitMs = 60_000) {
    if (!(await this.clock.runUntilAsync(() => this.stops.length > 0 && this.target.standsStill, limitMs)))
      throw new Error(`no stop came within ${limitMs} ms of the target's time: ${this.notes.join(', ')}`);
    return this.stops.shift();
  }

  async breakIn() {
    await this.settle(breakIn(this.target));
    return this.stop();
  }

  /** What kd does from the open line to its first prompt. */
  async attach() {
    await this.settle(findStanding(this.target));
    return this.breakIn();
  }

  go() {
    return this.settle(this.target.go());
  }

  /** What moves on the line while something is done. @returns bytes, packets, virtual ms */
  async cost(work) {
    const { statistics: was } = this.link;
    const before = { ...was };
    const since = this.clock.now();
    await work();
    const ms = this.clock.now() - since;
    const sum = (...names) => names.reduce((all, name) => all + was[name] - before[name], 0);
    return { bytes: sum('bytesIn', 'bytesOut'), packets: sum('packetsIn', 'packetsOut'), ms };
  }
}
