import { breakIn, findStanding } from '../../src/kd/control/attach.js';
import { KdTarget } from '../../src/kd/control/kd-target.js';
import type { KnownTarget } from '../../src/kd/control/known-target.js';
import type { ModuleEvent } from '../../src/kd/control/state-change.js';
import type { Stop } from '../../src/kd/control/stop.js';
import type { TargetEvent, TargetOptions } from '../../src/kd/control/target-event.js';
import type { LinkListener } from '../../src/kd/wire/delivery.js';
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
  /** What the link tells the target. */
  heard!: LinkListener;
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
    this.target = new KdTarget(
      (listener) => {
        this.heard = listener;
        const stateChange: LinkListener['stateChange'] = (payload, sync) => {
          if (!this.linkOnly) listener.stateChange(payload, sync);
        };
        return new Link((bytes) => this.send(bytes), { ...listener, stateChange }, this.hostTimers, { form });
      },
      (event) => this.#onEvent(event),
      this.hostTimers,
      options,
    );
    this.link = this.target.link;
  }

  #onEvent(event: TargetEvent): void {
    switch (event.kind) {
      case 'connected':
      case 'shutdown':
      case 'rebooted':
      case 'recovered':
        this.told.push(event.kind);
        break;
      case 'stopped':
        this.stops.push(event.stop);
        break;
      case 'resumed':
        this.resumes.push(event.confirmed);
        break;
      case 'module':
        this.modules.push(event.event);
        break;
      case 'refused':
        this.told.push(`refused ${event.machine}`);
        break;
      case 'note':
        this.notes.push(event.text);
        break;
      case 'printed':
        this.prints += event.text.toString('latin1');
        break;
      case 'asked':
        event.answer(Promise.resolve(this.answer));
        break;
      case 'retrying':
        this.told.push(`retrying ${event.times}`);
        break;
      case 'file-refused':
        this.told.push(`file ${event.name}`);
        break;
      case 'ids-restarted':
      case 'foreign-packet':
        break;
    }
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
