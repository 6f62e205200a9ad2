import type { IdleTimer } from './idle-timer.js';
import { Incoming, type SequenceVerdict } from './incoming.js';
import type { LineQuality } from './line-quality.js';
import type { LinkStatistics } from './link-statistics.js';
import type { Outbox } from './outbox.js';
import { encodeControl, PACKET } from './packet.js';
import type { PacketForm } from './packet-form.js';
import { PacketReader, type Received } from './packet-reader.js';
import { isComplete, isPlausible } from './plausible.js';

/** What the serial half needs of its link. */
export interface SerialHalfParts {
  readonly statistics: LinkStatistics;
  readonly form: PacketForm;
  readonly quality: LineQuality;
  readonly outbox: Pick<Outbox, 'damaged' | 'wasReset'>;
  /** Waits for the rest of a packet. */
  readonly rest: IdleTimer;
  /** How long, ms. */
  readonly restMs: number;
  /** The timers' ms. */
  readonly now: () => number;
  readonly transmit: (packet: Buffer) => void;
  readonly control: (type: number, id: number) => void;
  /** The target has begun its ids anew, as it was asked to. */
  readonly reset: () => void;
  /** A packet of data, acknowledged. */
  readonly data: (type: number, payload: Buffer, standing: SequenceVerdict) => void;
  /** A packet that is no packet of this protocol. */
  readonly foreign: (type: number) => void;
  readonly noise: (bytes: Buffer) => void;
}

/** The receiving half of a link over a serial line: bytes, which the line may damage, and two ids that take turns. */
export class SerialHalf {
  readonly #reader = new PacketReader();
  readonly #incoming = new Incoming();
  /** When the first byte came of what is in the reader, ms. */
  #begunAt = 0;
  #tookMs = 0;
  #implausible: { readonly type: number; readonly id: number; readonly payload: Buffer } | undefined;

  constructor(private readonly parts: SerialHalfParts) {}

  /** How long the last packet of data took to come, from its first byte to its last, ms. */
  get tookMs(): number {
    return this.#tookMs;
  }

  /** Takes bytes as they come. */
  take(chunk: Uint8Array): void {
    const { rest, restMs, now } = this.parts;
    rest.busy();
    if (!this.#reader.midPacket) this.#begunAt = now();
    this.#takeAll(this.#reader.push(chunk));
    if (!this.#reader.midPacket) rest.stop();
    // The rest of a packet that stays away is asked for long before the target would give up.
    else rest.await(restMs, () => this.#takeAll(this.#reader.abandon()));
  }

  /** Half a packet of another byte stream is dropped. */
  restream(): void {
    this.parts.rest.stop();
    this.#reader.abandon();
  }

  #takeAll(all: readonly Received[]): void {
    for (const received of all) {
      this.#take(received);
      this.#begunAt = this.parts.now();
    }
  }

  #take(received: Received): void {
    const { statistics, quality, noise } = this.parts;
    switch (received.kind) {
      case 'noise':
        statistics.noise += received.bytes.length;
        quality.onNoise(received.bytes);
        noise(received.bytes);
        break;
      case 'bad':
        this.#refuse(received.type);
        break;
      case 'control':
        statistics.packetsIn++;
        this.#takeControl(received.type, received.id);
        break;
      case 'data':
        statistics.packetsIn++;
        this.#tookMs = this.parts.now() - this.#begunAt;
        this.#takeData(received.type, received.id, received.payload);
        break;
    }
  }

  #refuse(type: number): void {
    const { statistics, quality, outbox, transmit } = this.parts;
    statistics.bad++;
    quality.onDamage();
    // What is asked next is the acknowledgement of it.
    if (outbox.damaged(type)) return;
    transmit(encodeControl(PACKET.resend, 0));
  }

  #takeControl(type: number, id: number): void {
    const { control, reset, outbox } = this.parts;
    if (type !== PACKET.reset) control(type, id);
    // A damaged header that reads as a RESET would set the ids of this end alone.
    else if (id === 0) {
      reset();
      this.#incoming.reset();
      outbox.wasReset();
    }
  }

  #takeData(type: number, id: number, payload: Buffer): void {
    const { transmit, form, data, foreign } = this.parts;
    // One that is as odd the second time was meant so; another header in front of the same bytes is another damage.
    const before = this.#implausible;
    const again = before?.type === type && before.id === id && before.payload.equals(payload);
    this.#implausible = isPlausible(type, id, payload) || again ? undefined : { type, id, payload };
    if (this.#implausible) {
      this.#refuse(type);
      return;
    }
    transmit(form.encodeAcknowledge(id));
    if (isComplete(type, payload)) data(type, payload, this.#incoming.judge(type, id, payload));
    else foreign(type);
  }
}
