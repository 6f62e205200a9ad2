import {
  CONTROL_LEADER,
  checksum,
  DATA_LEADER,
  encodeControl,
  encodeData,
  PACKET,
  type PacketType,
} from '../../../kd/wire/packet.js';
import type { KdVariant } from '../kd-variant.js';
import type { LinkPort, ReceivedPacket, Sent, TargetLink } from '../line/target-link.js';
import { nextByte, pauseTask, type Task } from '../threads/task.js';
import type { PacketPort } from './packet-port.js';

const HEADER_BYTES = 16;
const STEP = 2;
/** The id of a debugger's first packet, as a target expects it. */
const FIRST_REMOTE_ID = 0x8000_0000;
/** A packet that is not acknowledged goes out again after this time at the latest, ms. */
const AGAIN_MS = 500;

interface Packet {
  readonly control: boolean;
  readonly type: number;
  readonly id: number;
  readonly payload: Buffer;
}

/** The target's end of KDNET's packets: each is whole or lost, and its id counts on. */
export class NetLink implements TargetLink {
  currentId = 0;
  remoteId = FIRST_REMOTE_ID;
  breakPending = false;
  debuggerPresent = true;
  payload: Buffer = Buffer.alloc(0);
  readonly #waitMs: number;

  /** @param booted is told when a kernel begins, which is another run of the target for every host */
  constructor(
    private readonly link: LinkPort,
    private readonly port: PacketPort,
    personality: KdVariant,
    private readonly booted: () => void,
  ) {
    this.#waitMs = Math.min(personality.leaderWaitMs, AGAIN_MS);
  }

  forget(): void {
    this.currentId = 0;
    this.remoteId = FIRST_REMOTE_ID;
    this.booted();
  }

  *send(type: PacketType, payload: Buffer, limit: number): Task<Sent> {
    for (let sent = 1; ; ) {
      this.link.counted('packet-out');
      // Without the byte that ends a packet on a serial line.
      yield* this.#transmit(encodeData(type, this.currentId, payload).subarray(0, -1));
      const got = yield* this.receive(PACKET.acknowledge);
      if (got === 'received') return 'acknowledged';
      if (got !== 'timeout') continue;
      if (limit > 0 && sent >= limit) {
        this.debuggerPresent = false;
        return 'gave-up';
      }
      sent++;
    }
  }

  *receive(type: PacketType): Task<ReceivedPacket> {
    const forAck = type === PACKET.acknowledge;
    for (;;) {
      if ((yield* nextByte(this.#waitMs)) === undefined) return 'timeout';
      const packet = read(this.port.current);
      if (packet === 'break-in') this.link.counted('swallowed-break');
      if (typeof packet === 'string') {
        if (packet === 'damaged') yield* this.#control(PACKET.resend, 0);
        continue;
      }
      this.debuggerPresent = true;
      const done = packet.control ? yield* this.#takeControl(packet, forAck) : yield* this.#takeData(packet, type);
      if (done) return done;
    }
  }

  *#takeControl({ type, id }: Packet, forAck: boolean): Task<ReceivedPacket | undefined> {
    if (type === PACKET.resend) return 'resend';
    if (type === PACKET.acknowledge && forAck && id === this.currentId) {
      this.currentId = (this.currentId + STEP) >>> 0;
      return 'received';
    }
    if (type !== PACKET.reset) return undefined;
    this.remoteId = id;
    yield* this.#control(PACKET.reset, this.currentId);
    // What is not acknowledged goes out again.
    return forAck ? 'resend' : 'reset';
  }

  *#takeData({ type, id, payload }: Packet, wanted: PacketType): Task<ReceivedPacket | undefined> {
    const isLast = id === (this.remoteId - STEP) >>> 0;
    if (wanted === PACKET.acknowledge && !isLast) {
      // A later packet shows that ours has arrived. It is taken when it comes again, which is asked for.
      yield* this.#control(PACKET.resend, 0);
      this.currentId = (this.currentId + STEP) >>> 0;
      return 'received';
    }
    if (!isLast) this.link.counted('packet-in');
    yield* this.#control(PACKET.acknowledge, id);
    if (isLast) return undefined;
    // The debugger's id is always taken: it is the one that knows what it has sent.
    this.remoteId = (id + STEP) >>> 0;
    if (type !== wanted) return undefined;
    this.payload = payload;
    return 'received';
  }

  *#control(type: PacketType, id: number): Task<void> {
    yield* this.#transmit(encodeControl(type, id));
  }

  *#transmit(packet: Buffer): Task<void> {
    yield* pauseTask(this.link.transmit(packet));
  }
}

function read(bytes: Buffer): Packet | 'break-in' | 'damaged' | 'nothing' {
  if (bytes.length === 1 && bytes[0] === 0x62) return 'break-in';
  const leader = bytes[0];
  if (bytes.length < HEADER_BYTES || (leader !== DATA_LEADER && leader !== CONTROL_LEADER)) return 'nothing';
  const control = leader === CONTROL_LEADER;
  const payload = bytes.subarray(HEADER_BYTES);
  const [type, id] = [bytes.readUInt16LE(4), bytes.readUInt32LE(8)];
  if (bytes.readUInt16LE(6) !== payload.length) return 'damaged';
  if (!control && checksum(payload) !== bytes.readUInt32LE(12)) return 'damaged';
  return { control, type, id, payload };
}
