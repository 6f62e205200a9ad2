import {
  BREAK_IN,
  CONTROL_LEADER,
  checksum,
  DATA_LEADER,
  encodeControl,
  encodeData,
  INITIAL_ID,
  MAX_PAYLOAD,
  PACKET,
  type PacketType,
  SYNC_BIT,
  TRAILER,
} from '../../../kd/wire/packet.js';
import type { KdVariant } from '../kd-variant.js';
import { nextByte, pauseTask, type Task } from '../threads/task.js';
import type { LinkPort, ReceivedPacket, Sent, TargetLink } from './target-link.js';

/** Bytes of the header that the kernel expects of a packet of that type: a shorter one is refused. */
const shortest: Readonly<Partial<Record<PacketType, number>>> = {
  [PACKET.stateManipulate]: 56,
  [PACKET.debugIo]: 16,
  [PACKET.fileIo]: 64,
};

/** The target's end of the line: stop-and-wait in both directions, as KDCOM does it. It reads byte by byte, and waits only where KDCOM waits. */
export class KdLink implements TargetLink {
  /** Of the packet that goes out next. */
  currentId = (INITIAL_ID | SYNC_BIT) >>> 0;
  /** Of the packet that is due from the debugger. */
  remoteId = INITIAL_ID;
  /** A break-in byte came while the target stood still: one more break is due. */
  breakPending = false;
  debuggerPresent = true;
  /** The payload of the last packet that was received. */
  payload: Buffer = Buffer.alloc(0);

  constructor(
    private readonly port: LinkPort,
    private readonly personality: KdVariant,
  ) {}

  /** As at boot, and as after a debugger that has gone. */
  forget(): void {
    this.currentId = (INITIAL_ID | SYNC_BIT) >>> 0;
    this.remoteId = INITIAL_ID;
  }

  /**
   * Sends a packet until it is acknowledged.
   * @param limit transmissions before the debugger counts as gone; 0 = for ever
   * @param untilReset gives up on a RESET instead of sending again with the new id
   */
  *send(type: PacketType, payload: Buffer, limit: number, untilReset = false): Task<Sent> {
    for (let sent = 1; ; ) {
      this.port.counted('packet-out');
      yield* pauseTask(this.port.transmit(encodeData(type, this.port.outgoingId(this.currentId), payload)));
      const got = yield* this.receive(PACKET.acknowledge);
      if (got === 'received') {
        this.currentId = (this.currentId & ~SYNC_BIT) >>> 0;
        return 'acknowledged';
      }
      if (got === 'reset' && untilReset) return 'reset';
      if (got !== 'timeout') continue;
      if (limit > 0 && sent >= limit) {
        this.debuggerPresent = false;
        this.forget();
        return 'gave-up';
      }
      sent++;
    }
  }

  /** Waits for a packet of that type, or for the acknowledgement of ours; its payload is in `payload` then. */
  *receive(type: PacketType): Task<ReceivedPacket> {
    const forAck = type === PACKET.acknowledge;
    for (;;) {
      const leader = yield* this.#leader(forAck);
      if (leader === 'timeout' || leader === 'resend') return leader;
      const kind = yield* this.#word(2);
      if (kind === undefined) return 'timeout';
      // A RESEND is acted on before the rest of it is read: that rest is noise for the next search.
      if (leader === CONTROL_LEADER && kind === PACKET.resend) return 'resend';
      const count = yield* this.#word(2);
      const id = count === undefined ? undefined : yield* this.#word(4);
      const sum = id === undefined ? undefined : yield* this.#word(4);
      if (count === undefined || id === undefined || sum === undefined) return 'timeout';
      if (leader === CONTROL_LEADER) {
        if (kind === PACKET.acknowledge && forAck && id === (this.currentId & ~SYNC_BIT) >>> 0) {
          this.currentId = (this.currentId ^ 1) >>> 0;
          return 'received';
        }
        if (kind !== PACKET.reset) continue;
        this.currentId = INITIAL_ID;
        this.remoteId = INITIAL_ID;
        yield* this.#control(PACKET.reset, 0);
        return 'reset';
      }
      if (forAck) {
        // Data instead of the acknowledgement counts as one; the packet itself is lost, and has to come again.
        yield* this.#control(PACKET.resend, 0);
        this.currentId = (this.currentId ^ 1) >>> 0;
        return 'received';
      }
      if (!(yield* this.#body(count, sum, shortest[type] ?? 0))) {
        yield* this.#control(PACKET.resend, 0);
        continue;
      }
      this.port.counted('packet-in');
      yield* this.#control(PACKET.acknowledge, id);
      if (id !== this.remoteId || kind !== type) continue;
      this.remoteId = (this.remoteId ^ 1) >>> 0;
      return 'received';
    }
  }

  /** Looks for four equal leader bytes. A break-in byte with silence after it asks for our last packet, and for one more break. */
  *#leader(forAck: boolean): Task<'timeout' | 'resend' | number> {
    let first = 0;
    let found = 0;
    while (found < 4) {
      const byte = yield* nextByte(this.personality.leaderWaitMs);
      if (byte === undefined) {
        if (first !== BREAK_IN) return 'timeout';
        if (!forAck || !this.personality.forgetsBreakBeforeAck) this.breakPending = true;
        else this.port.counted('swallowed-break');
        return forAck ? 'timeout' : 'resend';
      }
      if (byte === DATA_LEADER || byte === CONTROL_LEADER) {
        if (first === BREAK_IN) this.port.counted('swallowed-break');
        found = byte === first ? found + 1 : 1;
        first = byte;
      } else {
        if (first === BREAK_IN) this.port.counted('swallowed-break');
        found = 0;
        first = byte === BREAK_IN ? byte : 0;
      }
    }
    this.debuggerPresent = true;
    return first;
  }

  *#word(bytes: 2 | 4): Task<number | undefined> {
    let value = 0;
    for (let index = 0; index < bytes; index++) {
      const byte = yield* nextByte(this.personality.byteWaitMs);
      if (byte === undefined) return undefined;
      value += byte * 2 ** (8 * index);
    }
    return value;
  }

  /** Reads payload and trailer; false when the packet has to come again. */
  *#body(count: number, sum: number, atLeast: number): Task<boolean> {
    if (count < atLeast || count > MAX_PAYLOAD) return false;
    const payload = Buffer.allocUnsafe(count);
    for (let index = 0; index < count; index++) {
      const byte = yield* nextByte(this.personality.byteWaitMs);
      if (byte === undefined) return false;
      payload[index] = byte;
    }
    const trailer = yield* nextByte(this.personality.byteWaitMs);
    if (trailer !== TRAILER || checksum(payload) !== sum) return false;
    this.payload = payload;
    return true;
  }

  *#control(type: PacketType, id: number): Task<void> {
    yield* pauseTask(this.port.transmit(encodeControl(type, id)));
  }
}
