import { encodeNetData, NET_FIRST_ID, netFollowingId } from '../net/packet-body.js';
import {
  encodeAcknowledge,
  encodeControl,
  encodeData,
  followingId,
  INITIAL_ID,
  MAX_PAYLOAD,
  PACKET,
  type PacketType,
} from './packet.js';

/** What differs between packets of KD on a serial line and in the datagrams of KDNET. */
export interface PacketForm {
  /** What comes at once is one packet, which nothing on its way can have damaged; each of them is there, or lost. */
  readonly whole: boolean;
  /** Of the host's first packet. */
  readonly firstId: number;
  followingId(id: number): number;
  encodeData(type: PacketType, id: number, payload: Buffer): Buffer;
  encodeAcknowledge(id: number): Buffer;
  /** The longest payload that a target takes, bytes. */
  readonly maxPayload: number;
  /** Silence in ms after which a packet is sent again; a healthy target answers within 5 to 20 ms. */
  readonly silenceMs: number;
  /** Silences after which a command counts as sent and unconfirmed: a target that runs acknowledges nothing. */
  readonly commandSilences: number;
  /** Unanswered rounds after which a request fails: on a sound line, and on one that damages replies. */
  readonly unanswered: { readonly sound: number; readonly bad: number };
}

export const serialForm: PacketForm = {
  whole: false,
  firstId: INITIAL_ID,
  followingId,
  encodeData,
  encodeAcknowledge,
  maxPayload: MAX_PAYLOAD,
  silenceMs: 400,
  commandSilences: 10,
  // Resets are among them.
  unanswered: { sound: 7, bad: 60 },
};

/** Source: what Microsoft's engine sends, takes and asks for. */
export const netForm: PacketForm = {
  whole: true,
  firstId: NET_FIRST_ID,
  followingId: netFollowingId,
  encodeData: encodeNetData,
  encodeAcknowledge: (id) => encodeControl(PACKET.acknowledge, id),
  maxPayload: 1408,
  silenceMs: 200,
  commandSilences: 25,
  unanswered: { sound: 40, bad: 40 },
};
