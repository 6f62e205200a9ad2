import { decodeDebugIo } from './debug-io.js';
import { followingId, INITIAL_ID, PACKET, SYNC_BIT } from './packet.js';

/** What a data packet of the target is to its receiver. */
export type SequenceVerdict = 'new' | 'sync' | 'duplicate';

/**
 * The target's direction of the link: which packet is next, and which one is an old one again.
 *
 * An id alone does not decide. A target takes a request for the acknowledgement of its own packet when ours was lost, and
 * toggles its id for a packet that never arrived here; so a packet is a duplicate only when it says what the last one said.
 */
export class Incoming {
  #expected: number | undefined;
  #lastId: number | undefined;
  #lastType = 0;
  #lastPayload: Buffer | undefined;
  /** The target's next packet is the first behind a RESET that it has answered. */
  #wasReset = false;

  /** Judges a data packet, and moves on when it is no duplicate. */
  judge(type: number, id: number, payload: Buffer): SequenceVerdict {
    const sync = (id & SYNC_BIT) !== 0;
    const again = type === this.#lastType && this.#lastPayload?.equals(payload) === true;
    const repeated = again && this.#wasReset;
    this.#wasReset = false;
    if (repeated) {
      this.#expected = followingId(id);
      return 'duplicate';
    }
    if (again && (sync ? id === this.#lastId : id !== this.#expected && this.#expected !== undefined))
      return 'duplicate';
    this.#lastId = id;
    this.#lastType = type;
    this.#lastPayload = payload;
    this.#expected = sync ? followingId(INITIAL_ID) : followingId(id);
    return sync ? 'sync' : 'new';
  }

  /**
   * Both ends have begun anew after a RESET. One that was waiting for the acknowledgement of a print prints it again: a target
   * answers a RESET only where it waits for the host. Everything else that it says again is an answer to the RESET.
   */
  reset(): void {
    this.#expected = INITIAL_ID;
    const printed = this.#lastType === PACKET.debugIo && this.#lastPayload && decodeDebugIo(this.#lastPayload);
    this.#wasReset = printed ? printed.kind === 'print' : false;
    if (!this.#wasReset) this.#lastPayload = undefined;
  }
}
