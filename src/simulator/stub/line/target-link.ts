import type { PacketType } from '../../../kd/wire/packet.js';
import type { Task } from '../threads/task.js';

/** What came of a wait for a packet. `resend`: the other side asks for our last packet again. */
export type ReceivedPacket = 'received' | 'timeout' | 'resend' | 'reset';
/** What came of sending a packet. */
export type Sent = 'acknowledged' | 'gave-up' | 'reset';

/** What a link needs of the world. */
export interface LinkPort {
  /** Puts bytes on the line, and gives the milliseconds that the port needs to send them. */
  transmit(bytes: Buffer): number;
  /** The id that goes out instead of the right one: for faults. */
  outgoingId(id: number): number;
  /** Told of every good data packet, and of break-in bytes that nobody will act on. */
  counted(what: 'packet-in' | 'packet-out' | 'swallowed-break'): void;
}

/** The target's end of the way to its debugger: one packet at a time in both directions. */
export interface TargetLink {
  /** Of the packet that goes out next. */
  currentId: number;
  /** Of the packet that is due from the debugger. */
  remoteId: number;
  /** A break-in byte came while the target stood still: one more break is due. */
  breakPending: boolean;
  debuggerPresent: boolean;
  /** The payload of the last packet that was received. */
  readonly payload: Buffer;
  /** As at boot. */
  forget(): void;
  /**
   * Sends a packet until it is acknowledged.
   * @param limit transmissions before the debugger counts as gone; 0 = for ever
   * @param untilReset gives up on a RESET instead of sending again with the new id
   */
  send(type: PacketType, payload: Buffer, limit: number, untilReset?: boolean): Task<Sent>;
  /** Waits for a packet of that type, or for the acknowledgement of ours; its payload is in `payload` then. */
  receive(type: PacketType): Task<ReceivedPacket>;
}

/** The receive side of the target's port: what waits there until the kernel looks. */
export interface TargetPort {
  /** The next byte; of a port that takes packets, the first byte of the next one, and the rest is with it. */
  take(): number | undefined;
  clear(): void;
}
