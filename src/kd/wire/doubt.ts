import { type LinkStatistics, troubles } from './link-statistics.js';

/** Good packets after the last trouble on the line, after which one reading is believed again. */
const CALM_PACKETS = 400;
/** Readings that may differ before the last one is taken. */
const READINGS = 20;

/**
 * Whether the line has just shown errors. KD's checksum is a sum, and two wrong bytes can leave it right: on such a line a
 * reading is believed when two agree. Links of one target share it.
 */
export class Doubt {
  #seen = 0;
  #since = Number.NEGATIVE_INFINITY;

  constructor(private readonly statistics: LinkStatistics) {}

  get troubled(): boolean {
    const now = troubles(this.statistics);
    if (now !== this.#seen) {
      this.#seen = now;
      this.#since = this.statistics.packetsIn;
    }
    return this.statistics.packetsIn - this.#since < CALM_PACKETS;
  }

  /** Whether it has ever shown one. */
  get everTroubled(): boolean {
    return troubles(this.statistics) > 0;
  }

  /** Reads until it is sure. */
  async sure(read: () => Promise<Buffer>): Promise<Buffer> {
    let last = await read();
    for (let reading = 1; this.troubled && reading < READINGS; reading++) {
      const again = await read();
      if (again.equals(last)) break;
      last = again;
    }
    return last;
  }
}
