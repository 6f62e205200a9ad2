import type { LinkStatistics } from './link-statistics.js';

/** Good packets after the last damage, after which one reading is believed again. */
const CALM_PACKETS = 64;
/** Two RESENDs within so many good packets are the line's doing: a target that is late wants a packet again now and then. */
const RESEND_PACKETS = 100;
/** Readings that may differ before the last one is taken. */
const READINGS = 20;

const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Whether the line has just damaged something. KD's checksum is a sum, and two wrong bytes can leave it right: on such a line a
 * reading is believed when two agree. Damage is a packet with a wrong sum, length or end, or bytes that are none; a target or
 * host that is merely late repeats packets, and damages none. Links of one target share it.
 */
export class LineQuality {
  #damagedAt = Number.NEGATIVE_INFINITY;
  #resentAt = Number.NEGATIVE_INFINITY;

  /** @param protectedWay nothing is damaged on its way: only loss is possible */
  constructor(
    private readonly statistics: LinkStatistics,
    private readonly protectedWay = false,
  ) {}

  get isDegraded(): boolean {
    return this.statistics.packetsIn - this.#damagedAt < CALM_PACKETS;
  }

  /** Whether anything was ever damaged, or sent again: what was sent twice may have been executed twice. */
  get wasDegraded(): boolean {
    return this.statistics.bad + this.statistics.retransmissions > 0;
  }

  /** A packet came damaged. */
  onDamage(): void {
    if (!this.protectedWay) this.#damagedAt = this.statistics.packetsIn;
  }

  /** The target wants the last packet again. */
  onResend(): void {
    const { packetsIn } = this.statistics;
    if (packetsIn - this.#resentAt < RESEND_PACKETS) this.onDamage();
    this.#resentAt = packetsIn;
  }

  /** Bytes came that belong to no packet. Text is a boot loader's, and before the first packet a line may carry anything. */
  onNoise(bytes: Uint8Array): void {
    if (this.statistics.packetsIn > 0 && !bytes.every(isText)) this.onDamage();
  }

  /** Reads until it is sure. */
  async readVerified(read: () => Promise<Buffer>): Promise<Buffer> {
    let last = await read();
    for (let reading = 1; this.isDegraded && reading < READINGS; reading++) {
      const again = await read();
      if (again.equals(last)) break;
      last = again;
    }
    return last;
  }
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === TAB || byte === NEWLINE || byte === RETURN;
}
