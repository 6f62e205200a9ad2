import type { Link } from '../../wire/link.js';
import { API, type ApiRequest } from '../api.js';
import { ask, tell } from '../requests.js';
import type { RunState } from './run-state.js';
import type { TargetActivity } from './target-activity.js';

// Sends a resume under a packet id that is certain, and knows whether it was acknowledged. What it contains comes from resume.ts.

/** Questions after the right id: an answer that comes late itself says nothing. On a slow line every answer may look so. */
const QUESTIONS = 3;
/** RESETs that a target that runs is asked by, and how long each may take to be answered, ms. */
const RESETS = 2;
const RESET_MS = 300;
/** Silence before a RESET: one that crosses a report makes the target say it again, and takes both ends' ids out of step, ms. */
const SILENCE_MS = 60;

/** Sends resumes, and knows which was last: a resume, or a state change. */
export class ResumeSender {
  #turns = 0;
  /** The state change that is being worked off, until the target is told to go on. */
  #answering: Buffer | undefined;
  #last: ApiRequest | undefined;
  #unacknowledged = false;
  #overtaken = false;
  #settled: Promise<unknown> = Promise.resolve();

  /** @param leaves is told that the target goes on, before it does */
  constructor(
    private readonly link: Link,
    private readonly state: RunState,
    private readonly signs: TargetActivity,
    private readonly leaves: () => void,
  ) {}

  /** Nobody has acknowledged the last resume. */
  get unacknowledged(): boolean {
    return this.#unacknowledged;
  }

  /** A report came in place of the acknowledgement of the last resume: it may be the one that it was to go on from. */
  get overtaken(): boolean {
    return this.#overtaken;
  }

  /** Counts resumes and new state changes: where it has moved, one of them came later. */
  get turn(): number {
    return this.#turns;
  }

  /** A state change has come. @returns whether it is one that is not being worked off already */
  isNew(payload: Buffer): boolean {
    if (this.#answering?.equals(payload)) return false;
    this.#answering = payload;
    this.#turns++;
    return true;
  }

  /** The next state change is new, whatever it says: nothing is expected of the last resume any more. */
  forget(): void {
    this.#answering = undefined;
    this.#unacknowledged = false;
    this.#overtaken = false;
  }

  /** Settled when nobody waits for the acknowledgement of a resume: what follows it is told after it. */
  get settled(): Promise<unknown> {
    return this.#settled;
  }

  /** Sends a resume. A state change that comes before its acknowledgement is known is the later of the two all the same. */
  send(request: ApiRequest): Promise<boolean> {
    const sent = this.#send(request);
    this.#settled = sent.catch(() => undefined);
    return sent;
  }

  async #send(request: ApiRequest): Promise<boolean> {
    const turn = ++this.#turns;
    this.#last = request;
    this.leaves();
    let confirmed = false;
    let repeated = false;
    try {
      // A resume under a stale id is acknowledged like any other, and not executed: a question shows which one is right.
      for (let asked = 0; !this.link.idIsCertain && asked < QUESTIONS; asked++)
        await ask(this.link, { api: API.getVersion, processor: 0xffff });
      // Asked, it has told of another stop: it had gone on already, and whoever looks at that one lets it go.
      if (this.#turns !== turn) return true;
      // What it says until this goes out it has said before.
      const outcome = await tell(this.link, request, () => this.forget());
      ({ confirmed, repeated } = outcome);
      this.#overtaken = outcome.overtaken === true;
    } finally {
      if (this.#turns === turn) {
        this.leaves();
        // On KDNET a target that runs is seen by its pokes, and one that stands is asked.
        this.state.set(confirmed || this.link.packets ? 'running' : 'unknown');
        this.#unacknowledged = !confirmed;
      }
    }
    if (confirmed && (repeated || this.link.quality.isDegraded)) await this.#seeItRun(turn);
    return confirmed;
  }

  /** The last one was not executed: the target stands where it stood before. */
  async sendAgain(): Promise<void> {
    if (this.#last) await this.send(this.#last);
  }

  /**
   * A resume that was sent twice may have been executed the first time, and taken for the acknowledgement of the next stop the
   * second time: then nothing more is heard of that stop. And the checksum does not cover the packet's type: one that was
   * damaged there is acknowledged and ignored. A target that stands answers a RESET; one that runs does not hear it.
   */
  async #seeItRun(turn: number): Promise<void> {
    const turned = (): boolean => this.#turns !== turn;
    const { reportMs } = this.signs;
    for (let asked = 0; asked < RESETS; asked++) {
      await this.signs.idle(SILENCE_MS, (ms) => this.state.until(turned, ms));
      if (turned()) return;
      this.link.reset();
      await this.state.until(turned, RESET_MS + 2 * reportMs);
    }
  }
}
