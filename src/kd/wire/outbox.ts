import { RETRIES_PER_LINE } from '../../kd-text/retry.js';
import { abandonedExchange, type Exchange, type ExchangeResult, newExchange, provesProgress } from './exchange.js';
import { LinkError } from './link-error.js';
import type { OutboxParts } from './outbox-parts.js';
import { PACKET, type PacketType, packetBytes } from './packet.js';

/** Silences after which a request fails on a bad line that somebody wants to be done with: the target may run. */
const HURRIED_SILENCES = 12;

/** A target gives a reply up after 0.6 s at the least: one that took so much longer than the line needs may have been given up. */
const LATE_MS = 300;

/** So often an answer may come damaged that can be asked for in smaller parts. */
const MOST_DAMAGED = 4;

const NOTHING = Buffer.alloc(0);

/** The host's direction of a link: one exchange at a time, sent again until it gets through, under the id that the target waits for. */
export class Outbox {
  #nextId: number;
  #certain = false;
  #exchange: Exchange | undefined;
  #waiting: Exchange[] = [];
  /** Between our RESET and the state change that follows its answer. */
  #resetting = false;
  /** Somebody leaves: on a bad line a request is not repeated for ever. */
  hurried = false;

  constructor(private readonly parts: OutboxParts) {
    this.#nextId = parts.form.firstId;
  }

  /** Of the packet that is not acknowledged yet, or else of the next one. */
  get ownId(): number {
    return this.#exchange && !this.#exchange.acked ? this.#exchange.id : this.#nextId;
  }

  /** Whether the next id is known to be the one that the target waits for. */
  get idIsCertain(): boolean {
    return this.#certain;
  }

  /** The target stands for an answer that it has not acknowledged. */
  get owes(): boolean {
    return this.#exchange?.owed === true || this.#waiting.some(({ owed }) => owed);
  }

  /** Puts an exchange in line. `wants` recognises its reply; without it the acknowledgement is all there is. */
  put(
    type: PacketType,
    payload: Buffer,
    wants: Exchange['wants'],
    more: { readonly divisible?: boolean; readonly sent?: () => void } = {},
  ): Promise<ExchangeResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(newExchange(type, payload, wants, resolve, reject, more));
      this.#next();
    });
  }

  /** What the target waits for goes before everything else; an exchange that it interrupts is taken up again after it. */
  answer(type: PacketType, payload: Buffer): void {
    this.#forgetAbandoned();
    if (this.#exchange) this.#waiting.unshift(this.#exchange);
    this.#exchange = undefined;
    const ignore = (): void => undefined;
    this.#waiting.unshift(newExchange(type, payload, undefined, ignore, ignore, { owed: true }));
    this.#next();
  }

  /** Fails everything: nothing is sent any more. */
  close(error: LinkError): void {
    const all = [...(this.#exchange ? [this.#exchange] : []), ...this.#waiting];
    this.#exchange = undefined;
    this.#waiting = [];
    this.parts.idle.stop();
    for (const exchange of all) exchange.fail(error);
  }

  /**
   * Fails everything under way but for answers that the target stands for. What is on the wire by then is acknowledged and answered
   * all the same, which is waited for: what is sent meanwhile would be taken for an acknowledgement, or its own for that.
   */
  abandon(error: LinkError): void {
    const failed = [this.#exchange, ...this.#waiting].filter((each) => each !== undefined && !each.owed) as Exchange[];
    this.#waiting = this.#waiting.filter(({ owed }) => owed);
    if (this.#exchange && !this.#exchange.owed) {
      this.#certain = false;
      this.#exchange = abandonedExchange(this.#exchange);
      if (this.#resetting) this.#forgetAbandoned();
      else this.#awaitAnswer(this.#exchange);
    }
    for (const exchange of failed) exchange.fail(error);
    this.#next();
  }

  /** Nothing is sent again for an exchange that nobody waits for: it ends where that would be needed. */
  #forgetAbandoned(): void {
    if (!this.#exchange?.abandoned) return;
    this.#certain = false;
    this.#exchange = undefined;
    this.#resetting = false;
    this.parts.idle.stop();
  }

  /** The byte stream is a new one. */
  restream(): void {
    this.#certain = false;
    if (this.#exchange?.abandoned) this.#release(this.#exchange);
    else if (this.#exchange) this.#repeat(this.#exchange);
  }

  /** Both ends have begun their ids anew: the target said so with a SYNC id. What it once asked for it has forgotten. */
  synchronised(): void {
    this.#nextId = this.parts.form.firstId;
    this.#certain = true;
    this.#waiting = this.#waiting.filter(({ owed }) => !owed);
    if (this.#exchange?.owed) this.#finish(this.#exchange, NOTHING);
  }

  /** The target is another boot, or another machine: what was asked it has never heard. */
  restarted(error: LinkError): void {
    const all = [...(this.#exchange ? [this.#exchange] : []), ...this.#waiting];
    this.#exchange = undefined;
    this.#waiting = [];
    this.parts.idle.stop();
    this.#nextId = this.parts.form.firstId;
    this.#certain = true;
    for (const exchange of all) {
      // A command that was on its way is over: a reboot is what may have been asked for.
      if (exchange.wants || exchange.sentAt === 0) exchange.fail(error);
      else exchange.settle({ reply: NOTHING, confirmed: true, repeated: exchange.repeats > 0 });
    }
  }

  /** The target has answered a RESET. Its state change comes next; a request before it would be taken for its acknowledgement. */
  wasReset(): void {
    this.#forgetAbandoned();
    this.#exchange ??= this.#waiting.shift();
    this.#nextId = this.parts.form.firstId;
    this.#certain = true;
    this.#resetting = this.#exchange !== undefined;
    if (this.#exchange) this.#awaitAnswer(this.#exchange);
  }

  /**
   * A packet came damaged. The request that is sent next is taken for the acknowledgement of an answer that is not waited for any more.
   * @param type as its header has it: an answer is also the acknowledgement that came damaged before it
   * @returns whether the answer that was due is given up
   */
  damaged(type: number): boolean {
    const exchange = this.#exchange;
    if (!exchange?.divisible || this.#resetting || !(exchange.acked || type === exchange.type)) return false;
    if (++exchange.damaged < MOST_DAMAGED) return false;
    if (!exchange.acked) this.#takeAcknowledgement(exchange);
    this.#certain = false;
    this.#release(exchange);
    exchange.fail(new LinkError('damaged'));
    return true;
  }

  /** The target wants the last packet again. @returns whether there is none */
  resend(): boolean {
    const exchange = this.#exchange;
    if (exchange?.abandoned) this.#release(exchange);
    else if (exchange && !exchange.acked && !this.#resetting) this.#repeat(exchange);
    return exchange === undefined;
  }

  acknowledged(id: number): void {
    const exchange = this.#exchange;
    if (!exchange || exchange.acked || this.#resetting || id !== exchange.id) return;
    this.#takeAcknowledgement(exchange);
    if (exchange.owed) this.#answered(exchange);
    else if (exchange.wants) this.#awaitAnswer(exchange);
    else this.#finish(exchange, NOTHING);
  }

  /**
   * An answer under a stale id is acknowledged and dropped, and nothing shows that it was: while the id is not certain, the
   * answer goes out under the other one as well. A target that has it already does not count what it has not asked for.
   */
  #answered(exchange: Exchange): void {
    const { type, payload } = exchange;
    const ignore = (): void => undefined;
    if (!this.#certain) this.#waiting.unshift(newExchange(type, payload, undefined, ignore, ignore));
    this.#finish(exchange, NOTHING);
  }

  /** Takes a reply, if it is the one that is waited for. */
  takesReply(payload: Buffer): boolean {
    const exchange = this.#exchange;
    if (!exchange?.wants?.(payload)) return false;
    // A reply is also the acknowledgement that got lost before it.
    if (!exchange.acked) this.#takeAcknowledgement(exchange);
    this.#certain = !this.#isLate(exchange, payload);
    this.#finish(exchange, payload);
    return true;
  }

  /**
   * A target that is not acknowledged for long enough gives its reply up, and begins its own ids anew: this end may have slept, or
   * the line may have swallowed what it sent.
   */
  #isLate(exchange: Exchange, reply: Buffer): boolean {
    const line = this.parts.lineMs(packetBytes(exchange.payload.length) + packetBytes(reply.length));
    return this.parts.now() - exchange.sentAt > LATE_MS + line;
  }

  /**
   * What a packet that nobody asked for says about the exchange under way.
   * @param moved the target must have run since it was last heard of
   */
  overtakenBy(type: number, sync: boolean, moved: boolean): void {
    const exchange = this.#exchange;
    if (!exchange || this.#resetting) return;
    if (!exchange.wants && provesProgress(type)) {
      const overtaken = !exchange.acked;
      if (overtaken && !sync) {
        this.#takeAcknowledgement(exchange);
        this.#certain = false;
      }
      this.#finish(exchange, NOTHING, { overtaken });
    } else if (
      moved ||
      (sync && type !== PACKET.stateManipulate && !this.parts.quality.isDegraded && exchange.repeats === 0)
    ) {
      // On a bad line, and to a host that is late, a target also begins anew because a reply of its never got through.
      this.#release(exchange);
      exchange.fail(new LinkError('restarted'));
    } else if (sync && exchange.abandoned) this.#release(exchange);
    else if (sync) this.#sendAs(exchange, this.#nextId);
  }

  /**
   * A state change has come, and was acknowledged. A resume that was sent before it may have been executed: where this is the next
   * stop, the same resume would let it go unseen.
   */
  stateChanged(): void {
    if (!this.#resetting) return;
    this.#resetting = false;
    const exchange = this.#exchange;
    if (!exchange) return;
    const resume = exchange.type === PACKET.stateManipulate && !exchange.wants;
    if (resume && exchange.sentAt !== 0) this.#finish(exchange, NOTHING, { overtaken: true });
    else this.#sendAs(exchange, this.#nextId);
  }

  #next(): void {
    if (this.#exchange) return;
    this.#exchange = this.#waiting.shift();
    if (!this.#exchange) this.parts.idle.stop();
    else if (this.#exchange.acked) this.#awaitAnswer(this.#exchange);
    else this.#sendAs(this.#exchange, this.#nextId);
  }

  #sendAs(exchange: Exchange, id: number): void {
    if (exchange.sentAt === 0) exchange.sent();
    if (exchange.id !== id || exchange.sentAt === 0) exchange.sentAt = this.parts.now();
    exchange.id = id;
    exchange.acked = false;
    // Before it is sent: the answer may come while it is being written.
    this.#awaitAnswer(exchange);
    this.parts.transmit(this.parts.form.encodeData(exchange.type, id, exchange.payload));
  }

  #awaitAnswer(exchange: Exchange): void {
    this.parts.idle.await(this.parts.silenceMs, () => this.#onSilence(exchange));
  }

  #repeat(exchange: Exchange): void {
    exchange.repeats++;
    this.parts.statistics.retransmissions++;
    this.#sendAs(exchange, exchange.id);
  }

  #onSilence(exchange: Exchange): void {
    if (exchange.abandoned) this.#release(exchange);
    else if (this.#resetting) {
      this.#resetting = false;
      this.#sendAs(exchange, this.#nextId);
    } else if (exchange.acked) this.#onNoAnswer(exchange);
    else {
      exchange.silences++;
      if (exchange.silences % RETRIES_PER_LINE === 0) this.parts.listener.retrying?.(exchange.silences);
      const patient = exchange.wants !== undefined || exchange.owed;
      const hurried = this.hurried && !exchange.owed && this.parts.quality.isDegraded;
      if (!patient && exchange.silences >= this.parts.form.commandSilences)
        this.#finish(exchange, NOTHING, { confirmed: false });
      else if (hurried && exchange.silences >= HURRIED_SILENCES) this.#giveUp(exchange);
      else this.#repeat(exchange);
    }
  }

  /** Acknowledged and unanswered is what a stale id looks like: the other one costs nothing to try, a reset costs a state change. */
  #onNoAnswer(exchange: Exchange): void {
    exchange.unanswered++;
    const { form, quality } = this.parts;
    if (exchange.unanswered > form.unanswered[quality.isDegraded ? 'bad' : 'sound']) this.#giveUp(exchange);
    // Where ids are told with a RESET, the next one is always right.
    else if (form.whole || exchange.unanswered % 2 === 1) {
      this.parts.statistics.reissues++;
      this.#nextId = this.parts.form.followingId(exchange.id);
      this.#sendAs(exchange, this.#nextId);
    } else {
      this.#resetting = true;
      this.#awaitAnswer(exchange);
      this.parts.reset();
    }
  }

  #giveUp(exchange: Exchange): void {
    this.#certain = false;
    this.#release(exchange);
    exchange.fail(new LinkError('no-reply'));
  }

  #takeAcknowledgement(exchange: Exchange): void {
    exchange.acked = true;
    this.#nextId = this.parts.form.followingId(exchange.id);
    if (exchange.silences >= RETRIES_PER_LINE) this.parts.listener.recovered?.();
  }

  #finish(exchange: Exchange, reply: Buffer, { confirmed = true, overtaken = false } = {}): void {
    if (!confirmed) this.#certain = false;
    // What was to be asked of a target that stood is not asked of one that was told to go on.
    const told = exchange.type === PACKET.stateManipulate && !exchange.wants;
    const late = told ? this.#waiting.filter(({ wants }) => wants) : [];
    this.#waiting = this.#waiting.filter((each) => !late.includes(each));
    this.#release(exchange);
    for (const each of late) each.fail(new LinkError('restarted'));
    exchange.settle({ reply, confirmed, overtaken, repeated: exchange.repeats + exchange.unanswered > 0 });
  }

  #release(exchange: Exchange): void {
    if (this.#exchange !== exchange) return;
    this.#exchange = undefined;
    this.#resetting = false;
    this.parts.idle.stop();
    this.#next();
  }
}
