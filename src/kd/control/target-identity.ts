import type { Link } from '../wire/link.js';
import { API, type ApiRequest } from './api.js';
import { architectureOf, machineName } from './architecture.js';
import { isLeftover, removeLeftoverBreak } from './breakpoints/leftover-break.js';
import { createKnownTarget, type KnownTarget, matchesReport } from './known-target.js';
import { ask } from './requests.js';
import { continueUnsupported } from './resume/continue-unsupported.js';
import type { Resumer } from './resume/resume.js';
import { type ModuleEvent, programCounter, type StateChange } from './state-change.js';
import type { Stop } from './stop.js';
import type { TargetEvent } from './target-event.js';
import { decodeVersion } from './version.js';

// Target identity: who is at the other end, asked once in a boot. What is known of a target from then on is in known-target.ts.

/** Times that one report is asked for again. */
const ASK_AGAIN = 3;
/** Times that a target of a foreign kind is told to go on. */
const REFUSALS = 3;

/** Who the target is: asked once in a boot, and asked again when it may be another one. */
export class TargetIdentity {
  #known: KnownTarget | undefined;
  #resumer: Resumer | undefined;
  /** Leftovers of another debugger have been looked for since the link came up. */
  #tidied = false;
  #restartedIds = false;
  #refusals = 0;
  #askedAgain = 0;
  /** A report that was odd, and asked for again. */
  #odd: Buffer | undefined;

  constructor(
    private readonly link: Link,
    private readonly tell: (event: TargetEvent) => void,
    private readonly resumerOf: (known: KnownTarget) => Resumer,
    private readonly send: (request: ApiRequest) => Promise<boolean>,
  ) {}

  /** Undefined until the target has answered for the first time. */
  get known(): KnownTarget | undefined {
    return this.#known;
  }

  get resumer(): Resumer | undefined {
    return this.#resumer;
  }

  /** It has begun its packet ids anew: it may be another boot. */
  onRestartedIds(): void {
    this.#restartedIds = true;
  }

  forgetBoot(): void {
    this.#known?.breakpoints.forget();
    this.#known?.memory.forget();
    this.#known = undefined;
    this.#resumer?.cancel();
    this.#resumer = undefined;
    this.#tidied = false;
  }

  /**
   * An image came or went.
   * @returns undefined for a target that this kd cannot debug; `stays`: whether it is wanted to stay there
   * @throws LinkError
   */
  async onModuleEvent(
    event: ModuleEvent,
  ): Promise<{ readonly known: KnownTarget; readonly stays: boolean } | undefined> {
    const before = await this.identify();
    if (!before) return undefined;
    if (event.kind === 'shutdown') this.forgetBoot();
    else if (event.kind === 'load' && event.base === before.version.kernelBase) await this.#bootBegins(before);
    this.#known?.modules.event(event);
    const stays = await this.#ask(event);
    if (event.kind === 'shutdown') this.tell({ kind: 'shutdown' });
    const known = this.#known ?? before;
    // This report, too, took breakpoints out of the code that it shows.
    known.breakpoints.reported(programCounter(known.architecture, event));
    return { known, stays: stays && event.kind !== 'shutdown' };
  }

  /** Whether the target is to stay where it tells of an image. */
  async #ask(event: ModuleEvent): Promise<boolean> {
    let stays: Promise<boolean> | undefined;
    const answer = (answered: Promise<boolean>): void => {
      stays = answered;
    };
    this.tell({ kind: 'module', event, answer });
    return (await stays) ?? false;
  }

  /**
   * On a bad line: whether a report is taken as it is. One that was asked for again often enough is.
   * @param expected a stop of a kind that comes; others are believed when the target says the same twice
   * @throws LinkError
   */
  async confirmReport(known: KnownTarget, change: StateChange, expected: boolean): Promise<boolean> {
    const believed = expected || this.#odd?.equals(change.payload) === true;
    this.#odd = change.payload;
    const certain = this.#askedAgain++ >= ASK_AGAIN || (believed && (await matchesReport(known, change)));
    if (certain) {
      this.#askedAgain = 0;
      this.#odd = undefined;
    }
    return certain;
  }

  /** Looks for what an earlier debugger left, at the first stop and where something shows itself. @throws LinkError */
  async cleanUp(known: KnownTarget, stop: Stop): Promise<void> {
    if (this.#tidied && !isLeftover(stop)) return;
    this.#tidied = true;
    for (const note of await removeLeftoverBreak(known, stop)) this.tell({ kind: 'note', text: note });
  }

  /** It is a target that this kd cannot debug. */
  get isUnsupported(): boolean {
    return this.#refusals > 0 && this.#known === undefined;
  }

  /** @returns undefined for a target that this kd cannot debug; it was told to go on. @throws LinkError */
  async identify(): Promise<KnownTarget | undefined> {
    if (this.#known && !this.#restartedIds) return this.#known;
    const version = decodeVersion(await ask(this.link, { api: API.getVersion, processor: 0xffff }));
    const before = this.#known;
    this.#restartedIds = false;
    if (before?.version.kernelBase === version.kernelBase && before.version.build === version.build) {
      // It may be another boot all the same: nothing of ours is taken to be in it.
      await before.breakpoints.takeOutAll();
      before.registers.unload();
      before.slack.forget();
      return before;
    }
    const architecture = architectureOf(version.machine);
    if (!architecture) {
      await this.#refuse(version.machine);
      return undefined;
    }
    if (before) this.tell({ kind: 'rebooted' });
    this.#known = createKnownTarget(this.link, version, architecture);
    this.#resumer = this.resumerOf(this.#known);
    this.tell({ kind: 'connected', known: this.#known });
    return this.#known;
  }

  /** The target says of the kernel itself that it is loaded: nobody can have left anything in it. @throws LinkError */
  async #bootBegins(known: KnownTarget): Promise<void> {
    if (known.modules.known.length > 0 || known.breakpoints.list.length > 0) {
      this.tell({ kind: 'rebooted' });
      this.forgetBoot();
      await this.identify();
    }
    this.#tidied = true;
  }

  /** A target that stops again and again after it was let go is left alone: nothing more is known of how to free it. */
  async #refuse(machine: number): Promise<void> {
    if (this.#refusals++ < REFUSALS) await this.send(await continueUnsupported(this.link, machine));
    if (this.#refusals === 1 || this.#refusals > REFUSALS)
      this.tell({ kind: 'refused', machine: machineName(machine) });
  }
}
