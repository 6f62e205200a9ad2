import { RETRIES_PER_LINE } from '../../kd-text/retry.js';
import { deliver, type LinkListener } from './delivery.js';
import { Doubt } from './doubt.js';
import { type Exchange, Moves, newExchange, type Outcome, provesProgress, sameApi } from './exchange.js';
import { Incoming } from './incoming.js';
import { LinkError } from './link-error.js';
import { emptyStatistics, type LinkStatistics } from './link-statistics.js';
import {
  BREAK_IN,
  encodeAcknowledge,
  encodeControl,
  encodeData,
  followingId,
  INITIAL_ID,
  PACKET,
  type PacketType,
} from './packet.js';
import { PacketReader, type Received } from './packet-reader.js';
import { isComplete, isPlausible } from './plausible.js';
import { Silence } from './silence.js';
import type { Timers } from './timers.js';

export interface LinkOptions {
  /** Silence in ms after which a packet is sent again; a healthy target answers within 5 to 20 ms. */
  readonly silenceMs?: number;
  /** How many bytes per second the line moves; undefined for a pipe or socket, behind which an emulated serial port is slow enough. */
  readonly bytesPerSecond?: number | undefined;
}

/** What an emulated serial port takes from a socket was measured at 9 KB/s: a long packet is not sent again before it can be there. */
const EMULATED_BYTES_PER_SECOND = 9000;
/** Silences after which a command counts as sent and unconfirmed: a target that runs acknowledges nothing. */
const COMMAND_SILENCES = 10;
/** Unanswered rounds, resets included, after which a request fails: on a sound line, and on one that damages replies. */
const UNANSWERED_LIMIT = { sound: 7, bad: 60 };

/**
 * The host's half of a KD link: one exchange at a time, every packet acknowledged before anything is done about it,
 * everything sent again until it gets through. It never sends a break-in by itself.
 */
export class Link {
  readonly statistics: LinkStatistics = emptyStatistics();
  /** Whether the line has just shown errors. */
  readonly doubt = new Doubt(this.statistics);
  readonly #reader = new PacketReader();
  readonly #incoming = new Incoming();
  readonly #moves = new Moves();
  readonly #silenceMs: number;
  readonly #silence: Silence;
  readonly #halfPacket: Silence;
  #nextId = INITIAL_ID;
  #exchange: Exchange | undefined;
  #waiting: Exchange[] = [];
  /** Between our RESET and the state change that follows its answer. */
  #resetting = false;
  #implausible: Buffer | undefined;
  #closed = false;
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly send: (bytes: Buffer) => void,
    private readonly listener: LinkListener,
    private readonly timers: Timers,
    private readonly options: LinkOptions = {},
  ) {
    this.#silenceMs = options.silenceMs ?? 400;
    this.#silence = new Silence(timers);
    this.#halfPacket = new Silence(timers);
  }

  /**
   * Whether the next id is known to be the one that the target waits for. A target acknowledges every id and executes one of
   * them: for what is only acknowledged, the id has to be certain.
   */
  get idIsCertain(): boolean {
    return this.#certain;
  }
  #certain = false;

  /** When the target last said anything, in the timers' milliseconds. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /**
   * Asks the target. Requests wait for each other: a target takes a second one for an acknowledgement.
   * @param payload a STATE_MANIPULATE payload
   * @param wants recognises the reply; default: one with the same API number
   * @throws LinkError
   */
  request(payload: Buffer, wants = sameApi(payload)): Promise<Outcome> {
    return this.#start(PACKET.stateManipulate, payload, wants);
  }

  /** Tells the target something that it only acknowledges: Continue, Reboot. @throws LinkError */
  command(payload: Buffer): Promise<Outcome> {
    return this.#start(PACKET.stateManipulate, payload, undefined);
  }

  /** One break-in byte. Whether the target took it shows in a state change, or in none. */
  breakIn(): void {
    this.#transmit(Buffer.of(BREAK_IN));
  }

  /** Asks for new ids. A target that stands answers, and says again why it stands; one that runs does not hear it. */
  reset(): void {
    this.statistics.resets++;
    this.#transmitPacket(encodeControl(PACKET.reset, 0));
  }

  /** Bytes of the target, as they come. */
  receive(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.statistics.bytesIn += chunk.length;
    this.#heardAt = this.timers.now();
    this.#silence.busy();
    this.#halfPacket.busy();
    for (const received of this.#reader.push(chunk)) this.#take(received);
    if (!this.#reader.midPacket) this.#halfPacket.stop();
    // The rest of a packet that stays away is asked for long before the target would give up.
    else this.#halfPacket.await(this.#silenceMs / 2, () => this.#takeAll(this.#reader.abandon()));
  }

  /** The byte stream is a new one: half a packet of the old one is dropped, and what is under way is sent again. */
  restream(): void {
    this.#halfPacket.stop();
    this.#reader.abandon();
    this.#certain = false;
    if (this.#exchange) this.#repeat(this.#exchange);
  }

  /** Takes back whatever is under way. */
  abandon(): void {
    const owed = [...(this.#exchange ? [this.#exchange] : []), ...this.#waiting].filter((each) => each.owed);
    this.#failAll(new LinkError('abandoned'), owed);
  }

  /** Ends the link; whatever is under way fails. */
  close(): void {
    this.#closed = true;
    this.#halfPacket.stop();
    this.#failAll(new LinkError('closed'));
  }

  #failAll(error: LinkError, but: readonly Exchange[] = []): void {
    const all = [...(this.#exchange ? [this.#exchange] : []), ...this.#waiting];
    this.#exchange = undefined;
    this.#waiting = [...but];
    this.#silence.stop();
    for (const exchange of all) if (!but.includes(exchange)) exchange.fail(error);
    this.#next();
  }

  #start(type: PacketType, payload: Buffer, wants: Exchange['wants']): Promise<Outcome> {
    if (this.#closed) return Promise.reject(new LinkError('closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push(newExchange(type, payload, wants, resolve, reject));
      this.#next();
    });
  }

  /** What the target waits for goes before everything else; an exchange that it interrupts is taken up again after it. */
  #answer(type: PacketType, payload: Buffer): void {
    if (this.#closed) return;
    if (this.#exchange) this.#waiting.unshift(this.#exchange);
    this.#exchange = undefined;
    const ignore = (): void => undefined;
    this.#waiting.unshift(newExchange(type, payload, undefined, ignore, ignore, true));
    this.#next();
  }

  #next(): void {
    if (this.#exchange) return;
    this.#exchange = this.#waiting.shift();
    if (!this.#exchange) this.#silence.stop();
    else if (this.#exchange.acked) this.#awaitAnswer(this.#exchange);
    else this.#sendAs(this.#exchange, this.#nextId);
  }

  #sendAs(exchange: Exchange, id: number): void {
    exchange.id = id;
    exchange.acked = false;
    // Before it is sent: the answer may come while it is being written.
    this.#awaitAnswer(exchange);
    this.#transmitPacket(encodeData(exchange.type, id, exchange.payload));
  }

  #awaitAnswer(exchange: Exchange): void {
    this.#silence.await(this.#silenceMs, () => this.#onSilence(exchange));
  }

  #repeat(exchange: Exchange): void {
    exchange.repeats++;
    this.statistics.retransmissions++;
    this.#sendAs(exchange, exchange.id);
  }

  #transmitPacket(bytes: Buffer): void {
    this.statistics.packetsOut++;
    this.#transmit(bytes);
  }

  #transmit(bytes: Buffer): void {
    if (this.#closed) return;
    this.statistics.bytesOut += bytes.length;
    const { bytesPerSecond = EMULATED_BYTES_PER_SECOND } = this.options;
    this.#silence.busy((bytes.length * 1000) / bytesPerSecond);
    this.send(bytes);
  }

  #onSilence(exchange: Exchange): void {
    if (this.#resetting) {
      this.#resetting = false;
      this.#sendAs(exchange, this.#nextId);
    } else if (exchange.acked) this.#onNoAnswer(exchange);
    else {
      exchange.silences++;
      if (exchange.silences % RETRIES_PER_LINE === 0) this.listener.retrying?.(exchange.silences);
      if (!exchange.wants && !exchange.owed && exchange.silences >= COMMAND_SILENCES)
        this.#finish(exchange, Buffer.alloc(0), false);
      else this.#repeat(exchange);
    }
  }

  /** Acknowledged and unanswered is what a stale id looks like: the other one costs nothing to try, a reset costs a state change. */
  #onNoAnswer(exchange: Exchange): void {
    exchange.unanswered++;
    if (exchange.unanswered > UNANSWERED_LIMIT[this.doubt.troubled ? 'bad' : 'sound']) {
      this.#release(exchange);
      exchange.fail(new LinkError('no-reply'));
    } else if (exchange.unanswered % 2 === 1) {
      this.statistics.reissues++;
      this.#nextId = followingId(exchange.id);
      this.#sendAs(exchange, this.#nextId);
    } else {
      this.#resetting = true;
      this.#awaitAnswer(exchange);
      this.reset();
    }
  }

  #takeAll(all: readonly Received[]): void {
    for (const received of all) this.#take(received);
  }

  #take(received: Received): void {
    switch (received.kind) {
      case 'noise':
        this.statistics.noise += received.bytes.length;
        this.listener.noise?.(received.bytes);
        break;
      case 'bad':
        this.#refuse();
        break;
      case 'control':
        this.statistics.packetsIn++;
        this.#takeControl(received.type, received.id);
        break;
      case 'data':
        this.statistics.packetsIn++;
        this.#takeData(received.type, received.id, received.payload);
        break;
    }
  }

  #refuse(): void {
    this.statistics.bad++;
    this.#transmitPacket(encodeControl(PACKET.resend, 0));
  }

  #takeControl(type: number, id: number): void {
    const exchange = this.#exchange;
    // A damaged header that reads as a RESET would set the ids of this end alone.
    if (type === PACKET.reset && id === 0) {
      this.#incoming.reset();
      this.#nextId = INITIAL_ID;
      this.#certain = true;
      // The state change comes next; a request before it would be taken for its acknowledgement.
      if (exchange) this.#awaitAnswer(exchange);
      this.#resetting = exchange !== undefined;
    } else if (!exchange || exchange.acked || this.#resetting) return;
    else if (type === PACKET.resend) this.#repeat(exchange);
    else if (type === PACKET.acknowledge && id === exchange.id) {
      this.#acknowledged(exchange);
      if (exchange.wants) this.#awaitAnswer(exchange);
      else this.#finish(exchange, Buffer.alloc(0));
    }
  }

  #takeData(type: number, id: number, payload: Buffer): void {
    // One that is as odd the second time was meant so.
    if (!isPlausible(type, id, payload) && !this.#implausible?.equals(payload)) {
      this.#implausible = payload;
      this.#refuse();
      return;
    }
    this.#implausible = undefined;
    this.#transmitPacket(encodeAcknowledge(id));
    if (!isComplete(type, payload)) {
      this.listener.foreign?.(type);
      return;
    }
    const standing = this.#incoming.judge(type, id, payload);
    const sync = standing === 'sync';
    if (sync) {
      this.#nextId = INITIAL_ID;
      this.#certain = true;
    }
    if (standing === 'duplicate') this.statistics.duplicates++;
    else if (type === PACKET.stateManipulate && this.#exchange?.wants?.(payload)) {
      // A reply is also the acknowledgement that got lost before it.
      if (!this.#exchange.acked && !sync) this.#acknowledged(this.#exchange);
      this.#certain = true;
      this.#finish(this.#exchange, payload);
    } else {
      this.#before(type, payload, sync);
      deliver({ type, payload, sync }, this.listener, (kind, answer) => this.#answer(kind, answer));
      this.#after(type);
    }
  }

  /** What a packet that nobody asked for says about the exchange under way. */
  #before(type: number, payload: Buffer, sync: boolean): void {
    const exchange = this.#exchange;
    if (sync) this.listener.sync?.(type);
    const moved = type === PACKET.stateChange64 && this.#moves.isMove(payload);
    if (!exchange || this.#resetting) return;
    if (!exchange.wants && provesProgress(type)) {
      if (!exchange.acked && !sync) this.#acknowledged(exchange);
      this.#finish(exchange, Buffer.alloc(0));
    } else if (
      moved ||
      // On a bad line a target also begins anew because a reply of its never got through.
      (sync && type !== PACKET.stateManipulate && !this.doubt.troubled)
    ) {
      this.#release(exchange);
      exchange.fail(new LinkError('restarted'));
    } else if (sync) this.#sendAs(exchange, this.#nextId);
  }

  #after(type: number): void {
    if (!this.#resetting || type !== PACKET.stateChange64) return;
    this.#resetting = false;
    if (this.#exchange) this.#sendAs(this.#exchange, this.#nextId);
  }

  #acknowledged(exchange: Exchange): void {
    exchange.acked = true;
    this.#nextId = followingId(exchange.id);
    if (exchange.silences >= RETRIES_PER_LINE) this.listener.recovered?.();
  }

  #finish(exchange: Exchange, reply: Buffer, confirmed = true): void {
    if (!confirmed) this.#certain = false;
    this.#release(exchange);
    exchange.settle({ reply, confirmed, repeated: exchange.repeats + exchange.unanswered > 0 });
  }

  #release(exchange: Exchange): void {
    if (this.#exchange !== exchange) return;
    this.#exchange = undefined;
    this.#resetting = false;
    this.#silence.stop();
    this.#next();
  }
}
