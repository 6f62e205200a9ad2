import { breakIn, findStanding } from '../../src/kd/control/attach.js';
import { KdTarget } from '../../src/kd/control/kd-target.js';
import type { KnownTarget } from '../../src/kd/control/known-target.js';
import type { ModuleEvent } from '../../src/kd/control/state-change.js';
import type { Stop } from '../../src/kd/control/stop.js';
import type { TargetOptions } from '../../src/kd/control/target-listener.js';
import { Link } from '../../src/kd/wire/link.js';
import { type PacketForm, serialForm } from '../../src/kd/wire/packet-form.js';
import { HostTimers } from '../../src/simulator/stub/host-timers.js';
import { VirtualClock } from '../../src/simulator/stub/virtual-clock.js';

/** The built-in kd's lower half on virtual time, and a record of all that it tells. What is at the other end is up to who extends it. */
export abstract class KdHost {
  readonly clock = new VirtualClock();
  /** Time as the host has it: it may stand still while that of the target goes on. */
  readonly hostTimers = new HostTimers(this.clock);
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
  /** Nobody is behind the link: what the target reports is acknowledged, and no more. */
  linkOnly = false;

  /** @param form of the packets on the way to the target */
  constructor(options: TargetOptions = {}, form: PacketForm = serialForm) {
    this.link = new Link(
      (bytes) => this.send(bytes),
      {
        stateChange: (payload, sync) => {
          if (!this.linkOnly) this.target.stateChange(payload, sync);
        },
        sync: (type) => this.target.onRestartedIds(type),
        repeatWanted: () => this.target.repeatWanted(),
        print: (text) => {
          this.prints += text.toString('latin1');
        },
        prompt: async () => this.answer,
        retrying: (times) => this.told.push(`retrying ${times}`),
        recovered: () => this.told.push('recovered'),
        fileRefused: (name) => this.told.push(`file ${name}`),
      },
      this.hostTimers,
      { form },
    );
    this.target = new KdTarget(
      this.link,
      {
        connected: () => this.told.push('connected'),
        stopped: (stop) => this.stops.push(stop),
        resumed: (confirmed) => this.resumes.push(confirmed),
        module: (event) => this.modules.push(event),
        shutdown: () => this.told.push('shutdown'),
        rebooted: () => this.told.push('rebooted'),
        refused: (machine) => this.told.push(`refused ${machine}`),
        note: (text) => this.notes.push(text),
      },
      this.hostTimers,
      options,
    );
  }

  /** Takes the host's bytes to the other end. */
  protected abstract send(bytes: Buffer): void;

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

  async go(): Promise<void> {
    await this.settle(this.target.go());
  }
}
