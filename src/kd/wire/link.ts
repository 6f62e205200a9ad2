import { readBody } from '../net/packet-body.js';
import { decodeDebugIo } from './debug-io.js';
import { deliver, type LinkListener } from './delivery.js';
import { Doubt } from './doubt.js';
import { Moves, type Outcome, sameApi } from './exchange.js';
import { Incoming } from './incoming.js';
import { LinkError } from './link-error.js';
import { emptyStatistics, type LinkStatistics } from './link-statistics.js';
import { NetIncoming } from './net-incoming.js';
import { Outbox } from './outbox.js';
import { BREAK_IN, encodeControl, PACKET } from './packet.js';
import { type PacketForm, serialForm } from './packet-form.js';
import { PacketReader, type Received } from './packet-reader.js';
import { isComplete, isPlausible } from './plausible.js';
import { Silence } from './silence.js';
import type { Timers } from './timers.js';

export interface LinkOptions {
  /** Default: that of a serial line. */
  readonly form?: PacketForm;
  /** Another silence than that of the form, ms. */
  readonly silenceMs?: number;
  /** How many bytes per second the line moves; undefined for a pipe or socket, behind which an emulated serial port is slow enough. */
  readonly bytesPerSecond?: number | undefined;
}

/** What an emulated serial port takes from a socket was measured at 9 KB/s: a long packet is not sent again before it can be there. */
const EMULATED_BYTES_PER_SECOND = 9000;
/** A network is taken to be no slower than this. */
const NETWORK_BYTES_PER_SECOND = 1e6;

/**
 * The host's half of a KD link: one exchange at a time, every packet acknowledged before anything is done about it,
 * everything sent again until it gets through. It never sends a break-in by itself.
 */
export class Link {
  readonly statistics: LinkStatistics = emptyStatistics();
  /** Whether the line has just damaged something. */
  readonly doubt: Doubt;
  readonly #form: PacketForm;
  readonly #bytesPerSecond: number;
  readonly #reader = new PacketReader();
  readonly #incoming = new Incoming();
  readonly #netIncoming = new NetIncoming();
  readonly #moves = new Moves();
  readonly #outbox: Outbox;
  readonly #silenceMs: number;
  readonly #silence: Silence;
  readonly #halfPacket: Silence;
  #implausible: { readonly type: number; readonly id: number; readonly payload: Buffer } | undefined;
  #closed = false;
  #heardAt = Number.NEGATIVE_INFINITY;
  #aliveAt = Number.NEGATIVE_INFINITY;
  #printedAt = Number.NEGATIVE_INFINITY;
  #resetAt = Number.NEGATIVE_INFINITY;
  /** The target has asked something, and there is no answer yet. */
  #questioned = false;

  constructor(
    private readonly send: (bytes: Buffer) => void,
    private readonly listener: LinkListener,
    private readonly timers: Timers,
    options: LinkOptions = {},
  ) {
    const { form = serialForm } = options;
    this.#form = form;
    this.doubt = new Doubt(this.statistics, form.whole);
    this.#bytesPerSecond =
      options.bytesPerSecond ?? (form.whole ? NETWORK_BYTES_PER_SECOND : EMULATED_BYTES_PER_SECOND);
    this.#silenceMs = options.silenceMs ?? form.silenceMs;
    this.#silence = new Silence(timers);
    this.#halfPacket = new Silence(timers);
    this.#outbox = new Outbox({
      ...{ form, listener, statistics: this.statistics, doubt: this.doubt },
      ...{ silence: this.#silence, silenceMs: this.#silenceMs },
      transmit: (packet) => this.#transmitPacket(packet),
      now: () => this.timers.now(),
      lineMs: (bytes) => (bytes * 1000) / this.#bytesPerSecond,
      reset: () => this.reset(),
    });
  }

  /**
   * Whether the next id is known to be the one that the target waits for. A target acknowledges every id and executes one of
   * them: for what is only acknowledged, the id has to be certain.
   */
  get idIsCertain(): boolean {
    return this.#outbox.idIsCertain;
  }

  /** When the target last said anything, in the timers' milliseconds. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** When it last showed that it is there, whether it stands or runs. */
  get aliveAt(): number {
    return Math.max(this.#heardAt, this.#aliveAt);
  }

  /** KDNET: it has poked. */
  signOfLife(): void {
    this.#aliveAt = this.timers.now();
  }

  /** When it last printed, which a target does only while it runs. */
  get printedAt(): number {
    return this.#printedAt;
  }

  /** When it last answered a RESET, which only a target does that stands. */
  get resetAt(): number {
    return this.#resetAt;
  }

  /** The target stands for an answer: to a question, or to its wish for a file. */
  get owing(): boolean {
    return this.#questioned || this.#outbox.owes;
  }

  /**
   * Asks the target. Requests wait for each other: a target takes a second one for an acknowledgement.
   * @param payload a STATE_MANIPULATE payload
   * @param wants recognises the reply; default: one with the same API number
   * @param divisible it fails with `damaged` when the line damages its reply again and again: a smaller part can be asked for
   * @throws LinkError
   */
  request(payload: Buffer, wants = sameApi(payload), divisible = false): Promise<Outcome> {
    if (this.#closed) return Promise.reject(new LinkError('closed'));
    return this.#outbox.put(PACKET.stateManipulate, payload, wants, { divisible });
  }

  /** Tells the target something that it only acknowledges: Continue, Reboot. @param sent told when it goes out @throws LinkError */
  command(payload: Buffer, sent?: () => void): Promise<Outcome> {
    if (this.#closed) return Promise.reject(new LinkError('closed'));
    return this.#outbox.put(PACKET.stateManipulate, payload, undefined, sent && { sent });
  }

  /** One break-in byte. Whether the target took it shows in a state change, or in none. */
  breakIn(): void {
    this.#transmit(Buffer.of(BREAK_IN));
  }

  /**
   * Asks for new ids, on KDNET for the last packet. A target that stands answers, and says again why it stands; one that runs does
   * not hear it.
   */
  reset(): void {
    this.statistics.resets++;
    this.#transmitPacket(encodeControl(this.#form.whole ? PACKET.resend : PACKET.reset, 0));
  }

  /** KDNET: what comes at once is one packet, and the target pokes. */
  get packets(): boolean {
    return this.#form.whole;
  }

  /** The longest payload that the target takes. */
  get maxPayload(): number {
    return this.#form.maxPayload;
  }

  /**
   * KDNET: the target has a new key.
   * @param anew it is another boot, or another machine: nothing of what was said to the last one holds
   */
  begun(anew: boolean): void {
    if (this.#closed) return;
    if (!anew) {
      this.#outbox.restream();
      return;
    }
    this.#netIncoming.restart();
    this.#questioned = false;
    this.#outbox.restarted(new LinkError('restarted'));
    // A host's first word: what the target may have said before there was one to hear it.
    this.#transmitPacket(encodeControl(PACKET.resend, 0));
  }

  /** Bytes of the target, as they come; on KDNET one packet. */
  receive(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.statistics.bytesIn += chunk.length;
    if (this.#form.whole) {
      this.#takeBody(readBody(Buffer.from(chunk)));
      return;
    }
    this.#heardAt = this.timers.now();
    this.#silence.busy();
    this.#halfPacket.busy();
    this.#takeAll(this.#reader.push(chunk));
    if (!this.#reader.midPacket) this.#halfPacket.stop();
    // The rest of a packet that stays away is asked for long before the target would give up.
    else this.#halfPacket.await(this.#silenceMs / 2, () => this.#takeAll(this.#reader.abandon()));
  }

  /** The byte stream is a new one: half a packet of the old one is dropped, and what is under way is sent again. */
  restream(): void {
    this.#halfPacket.stop();
    this.#reader.abandon();
    this.#outbox.restream();
  }

  /** Takes back whatever is under way, but for an answer that the target stands for. */
  abandon(): void {
    this.#outbox.abandon(new LinkError('abandoned'));
  }

  /** Somebody leaves: what gets no acknowledgement on a bad line is given up after some seconds. */
  hurry(): void {
    this.#outbox.hurried = true;
  }

  /** Ends the link; whatever is under way fails, and nothing is acknowledged any more. */
  close(): void {
    this.#closed = true;
    this.#halfPacket.stop();
    this.#outbox.close(new LinkError('closed'));
  }

  #transmitPacket(bytes: Buffer): void {
    this.statistics.packetsOut++;
    this.#transmit(bytes);
  }

  #transmit(bytes: Buffer): void {
    if (this.#closed) return;
    this.statistics.bytesOut += bytes.length;
    this.#silence.busy((bytes.length * 1000) / this.#bytesPerSecond);
    this.send(bytes);
  }

  #takeAll(all: readonly Received[]): void {
    for (const received of all) this.#take(received);
  }

  #take(received: Received): void {
    switch (received.kind) {
      case 'noise':
        this.statistics.noise += received.bytes.length;
        this.doubt.noise(received.bytes);
        this.listener.noise?.(received.bytes);
        break;
      case 'bad':
        this.#refuse(received.type);
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

  /** One packet of KDNET. What a target says of its ids shows neither that it stands nor that it runs. */
  #takeBody(received: Received): void {
    const told = received.kind === 'control' && received.type !== PACKET.acknowledge;
    if (!told) this.#heardAt = this.timers.now();
    this.#silence.busy();
    if (received.kind === 'noise') return;
    if (received.kind === 'bad') {
      this.statistics.bad++;
      this.#transmitPacket(encodeControl(PACKET.resend, 0));
    } else if (received.kind === 'data') {
      this.statistics.packetsIn++;
      this.#takeNetData(received.type, received.id, received.payload);
    } else {
      this.statistics.packetsIn++;
      if (received.type === PACKET.reset) this.#takeNetReset(received.id);
      else this.#takeControl(received.type, received.id);
    }
  }

  #takeNetData(type: number, id: number, payload: Buffer): void {
    const standing = this.#netIncoming.judge(type, id, payload, this.timers.now());
    if (standing === 'unexpected') {
      this.#tellId();
      return;
    }
    this.#transmitPacket(this.#form.encodeAcknowledge(id));
    if (!isComplete(type, payload)) this.listener.foreign?.(type);
    else this.#takeNew(type, payload, standing);
  }

  /** The target says the id of its next packet. It is told ours, unless that was what it has answered. */
  #takeNetReset(id: number): void {
    this.statistics.resets++;
    if (!this.#netIncoming.told(id, this.timers.now())) this.#tellId();
    this.#outbox.resend();
  }

  #tellId(): void {
    this.statistics.resets++;
    this.#transmitPacket(encodeControl(PACKET.reset, this.#outbox.ownId));
  }

  #refuse(type: number): void {
    this.statistics.bad++;
    this.doubt.damaged();
    // What is asked next is the acknowledgement of it.
    if (this.#outbox.damaged(type)) return;
    this.#transmitPacket(encodeControl(PACKET.resend, 0));
  }

  #takeControl(type: number, id: number): void {
    if (type === PACKET.acknowledge) this.#outbox.acknowledged(id);
    else if (type === PACKET.resend) {
      this.doubt.resend();
      this.#outbox.resend();
    }
    // A damaged header that reads as a RESET would set the ids of this end alone.
    else if (type === PACKET.reset && id === 0) {
      this.#resetAt = this.timers.now();
      this.#incoming.reset();
      this.#outbox.wasReset();
    }
  }

  #takeData(type: number, id: number, payload: Buffer): void {
    // One that is as odd the second time was meant so; another header in front of the same bytes is another damage.
    const before = this.#implausible;
    const again = before?.type === type && before.id === id && before.payload.equals(payload);
    this.#implausible = isPlausible(type, id, payload) || again ? undefined : { type, id, payload };
    if (this.#implausible) {
      this.#refuse(type);
      return;
    }
    this.#transmitPacket(this.#form.encodeAcknowledge(id));
    if (!isComplete(type, payload)) this.listener.foreign?.(type);
    else this.#takeNew(type, payload, this.#incoming.judge(type, id, payload));
  }

  #takeNew(type: number, payload: Buffer, standing: ReturnType<Incoming['judge']>): void {
    const sync = standing === 'sync';
    if (standing === 'duplicate') this.statistics.duplicates++;
    // A reply with a SYNC id: the target has begun its own ids anew. Those of this end go on behind the request that it has answered.
    else if (type !== PACKET.stateManipulate || !this.#outbox.takesReply(payload)) {
      if (sync) this.#outbox.synchronised();
      if (sync) this.listener.sync?.(type);
      const moved = type === PACKET.stateChange64 && this.#moves.isMove(payload);
      this.#outbox.overtakenBy(type, sync, moved);
      this.#deliver(type, payload, sync);
      if (type === PACKET.stateChange64) this.#outbox.stateChanged();
    }
  }

  #deliver(type: number, payload: Buffer, sync: boolean): void {
    if (type === PACKET.debugIo) {
      this.#questioned = decodeDebugIo(payload)?.kind === 'prompt';
      if (!this.#questioned) this.#printedAt = this.timers.now();
    } else if (sync) this.#questioned = false;
    deliver({ type, payload, sync }, this.listener, (kind, answer) => {
      if (kind === PACKET.debugIo) this.#questioned = false;
      if (!this.#closed) this.#outbox.answer(kind, answer);
    });
  }
}
