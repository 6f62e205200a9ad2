import { decodeDebugIo } from './debug-io.js';
import { deliver, type LinkListener } from './delivery.js';
import { type ExchangeResult, Moves, sameApi } from './exchange.js';
import { IdleTimer } from './idle-timer.js';
import type { SequenceVerdict } from './incoming.js';
import { LineQuality } from './line-quality.js';
import { LinkError } from './link-error.js';
import { bytesPerSecondOf, type LinkOptions } from './link-options.js';
import { emptyStatistics, type LinkStatistics } from './link-statistics.js';
import { NetHalf } from './net-half.js';
import { Outbox } from './outbox.js';
import { BREAK_IN, encodeControl, PACKET } from './packet.js';
import { type PacketForm, serialForm } from './packet-form.js';
import { SerialHalf } from './serial-half.js';
import type { Timers } from './timers.js';

/**
 * The host's half of a KD link: one exchange at a time, every packet acknowledged before anything is done about it,
 * everything sent again until it gets through. It never sends a break-in by itself.
 */
export class Link {
  readonly statistics: LinkStatistics = emptyStatistics();
  /** Whether the line has just damaged something. */
  readonly quality: LineQuality;
  readonly #form: PacketForm;
  readonly #bytesPerSecond: number;
  readonly #moves = new Moves();
  readonly #outbox: Outbox;
  readonly #net: NetHalf;
  readonly #serial: SerialHalf;
  readonly #idle: IdleTimer;
  readonly #halfPacket: IdleTimer;
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
    this.quality = new LineQuality(this.statistics, form.whole);
    this.#bytesPerSecond = bytesPerSecondOf(options, form);
    const silenceMs = options.silenceMs ?? form.silenceMs;
    this.#idle = new IdleTimer(timers);
    this.#halfPacket = new IdleTimer(timers);
    this.#outbox = new Outbox({
      form,
      listener,
      statistics: this.statistics,
      quality: this.quality,
      idle: this.#idle,
      silenceMs,
      transmit: (packet) => this.#transmitPacket(packet),
      now: () => this.timers.now(),
      lineMs: (bytes) => (bytes * 1000) / this.#bytesPerSecond,
      reset: () => this.reset(),
    });
    const taking = {
      form,
      statistics: this.statistics,
      outbox: this.#outbox,
      transmit: (packet: Buffer) => this.#transmitPacket(packet),
      control: (type: number, id: number) => this.#takeControl(type, id),
      data: (type: number, payload: Buffer, standing: SequenceVerdict) => this.#takeNew(type, payload, standing),
      foreign: (type: number) => listener.foreign?.(type),
      now: () => timers.now(),
    };
    this.#net = new NetHalf({ ...taking, heard: (speaks) => this.#hear(speaks) });
    this.#serial = new SerialHalf({
      ...taking,
      quality: this.quality,
      rest: this.#halfPacket,
      restMs: silenceMs / 2,
      reset: () => {
        this.#resetAt = this.timers.now();
      },
      noise: (bytes) => listener.noise?.(bytes),
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

  /** How long its last packet took to come, from the first byte to the last, ms: 0 on KDNET. */
  get tookMs(): number {
    return this.#serial.tookMs;
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
  request(payload: Buffer, wants = sameApi(payload), divisible = false): Promise<ExchangeResult> {
    if (this.#closed) return Promise.reject(new LinkError('closed'));
    return this.#outbox.put(PACKET.stateManipulate, payload, wants, { divisible });
  }

  /** Tells the target something that it only acknowledges: Continue, Reboot. @param sent told when it goes out @throws LinkError */
  command(payload: Buffer, sent?: () => void): Promise<ExchangeResult> {
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
    this.#net.begun();
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
      this.#net.take(Buffer.from(chunk));
      return;
    }
    this.#hear(true);
    this.#serial.take(chunk);
  }

  /** The byte stream is a new one: half a packet of the old one is dropped, and what is under way is sent again. */
  restream(): void {
    this.#serial.restream();
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
    this.#idle.busy((bytes.length * 1000) / this.#bytesPerSecond);
    this.send(bytes);
  }

  #hear(speaks: boolean): void {
    if (speaks) this.#heardAt = this.timers.now();
    this.#idle.busy();
  }

  #takeControl(type: number, id: number): void {
    if (type === PACKET.acknowledge) this.#outbox.acknowledged(id);
    else if (type === PACKET.resend) {
      this.quality.onResend();
      if (this.#outbox.resend()) this.listener.repeatWanted?.();
    }
  }

  #takeNew(type: number, payload: Buffer, standing: SequenceVerdict): void {
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
