import { netFollowingId } from '../net/packet-body.js';

/** What a data packet of the target is to its receiver; `unexpected` is not taken, and the target is told our id. */
export type NetStanding = 'new' | 'duplicate' | 'unexpected';

/** A target answers a RESET within this time, ms. */
const ANSWER_MS = 2000;

/** The target's direction of a KDNET link: ids that count, and never come again. */
export class NetIncoming {
  /** A target's first packet has id 0, unless another host was there before. */
  #expected = 0;
  #last: { readonly type: number; readonly id: number; readonly payload: Buffer } | undefined;
  /** When a packet was refused because its id was not the expected one. */
  #refusedAt = Number.NEGATIVE_INFINITY;
  /** When the target was told the id of this end, which it answers with its own. */
  #askedAt = Number.NEGATIVE_INFINITY;

  /** Another boot, or another machine. */
  restart(): void {
    this.#expected = 0;
    this.#last = undefined;
    this.#refusedAt = Number.NEGATIVE_INFINITY;
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  /** The target is told the id of this end. */
  asked(now: number): void {
    this.#askedAt = now;
  }

  /** Judges a data packet. One that comes again after it was refused is taken: the target's word of its id got lost. */
  judge(type: number, id: number, payload: Buffer, now: number): NetStanding {
    if (this.#last?.id === id && this.#last.type === type && this.#last.payload.equals(payload)) {
      this.#expected = netFollowingId(id);
      return 'duplicate';
    }
    if (id !== this.#expected && now - this.#refusedAt > ANSWER_MS) {
      this.#refusedAt = now;
      return 'unexpected';
    }
    this.#refusedAt = Number.NEGATIVE_INFINITY;
    this.#last = { type, id, payload };
    this.#expected = netFollowingId(id);
    return 'new';
  }

  /**
   * The target has told the id of its next packet. An answer to an answer would be answered as well, without end, and each of them
   * makes either end say its last packet again; the packet that was refused may come before the answer.
   * @returns whether that was its answer
   */
  told(id: number, now: number): boolean {
    this.#expected = id;
    const answers = now - this.#askedAt <= ANSWER_MS;
    this.#askedAt = Number.NEGATIVE_INFINITY;
    this.#refusedAt = Number.NEGATIVE_INFINITY;
    return answers;
  }
}
