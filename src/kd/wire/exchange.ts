import { PACKET, type PacketType } from './packet.js';

/** One data packet of the host under way, with whatever answers it. */
export interface Exchange {
  readonly type: PacketType;
  readonly payload: Buffer;
  /** The target asked for it, and stands until it has it: it is never given up. */
  readonly owed: boolean;
  /** Recognises the answer; undefined when the acknowledgement is all there is. */
  readonly wants: ((reply: Buffer) => boolean) | undefined;
  /** Its answer can be asked for in smaller parts: it is given up when the line damages it. */
  readonly divisible: boolean;
  /** Nobody waits for it any more; but what is on the wire is still acknowledged and answered. */
  readonly abandoned?: true;
  id: number;
  /** Told when it goes out for the first time. */
  readonly sent: () => void;
  /** When it went out first under this id, in the timers' milliseconds. */
  sentAt: number;
  acked: boolean;
  /** Times that it was sent again. */
  repeats: number;
  /** Packets that came damaged while its answer was due. */
  damaged: number;
  /** Times that silence answered it. */
  silences: number;
  /** Times that it was acknowledged and then not answered. */
  unanswered: number;
  readonly settle: (outcome: ExchangeResult) => void;
  readonly fail: (error: Error) => void;
}

/** What an exchange came to. */
export interface ExchangeResult {
  /** The reply; empty for what is only acknowledged. */
  readonly reply: Buffer;
  /** False when nothing but silence answered: the target may or may not have got it. */
  readonly confirmed: boolean;
  /** A report came in place of its acknowledgement: it may have been executed, or not. */
  readonly overtaken?: boolean;
  /** Sent again in a way that may have been executed twice. */
  readonly repeated: boolean;
}

export function newExchange(
  type: PacketType,
  payload: Buffer,
  wants: Exchange['wants'],
  settle: Exchange['settle'],
  fail: Exchange['fail'],
  { owed = false, divisible = false, sent = (): void => undefined } = {},
): Exchange {
  const counts = { id: 0, sentAt: 0, acked: false, repeats: 0, damaged: 0, silences: 0, unanswered: 0 };
  return { type, payload, owed, divisible, wants, sent, settle, fail, ...counts };
}

/** The same for nobody: what comes of it is heard out, and nothing more is sent for it. */
export function abandonedExchange(exchange: Exchange): Exchange {
  const ignore = (): void => undefined;
  return { ...exchange, settle: ignore, fail: ignore, abandoned: true };
}

/** The reply to a request carries the request's API number. */
export function sameApi(request: Buffer): (reply: Buffer) => boolean {
  const api = request.readUInt32LE(0);
  return (reply) => reply.readUInt32LE(0) === api;
}

/** True for a packet that shows that the target goes on, and so has executed the command before it. */
export function provesProgress(type: number): boolean {
  return type === PACKET.stateChange64 || type === PACKET.debugIo || type === PACKET.fileIo;
}

const LOAD_SYMBOLS = 0x3031;
/** Bytes of a state change that say why and where a target stands. */
const KEY_BYTES = 64;

/** Notices load-symbols stops that come one after the other: only a target that ran in between sends another one. */
export class Moves {
  #last: Buffer | undefined;

  /** @param payload of a state change */
  isMove(payload: Buffer): boolean {
    const key = Buffer.from(payload.subarray(0, KEY_BYTES));
    const same = this.#last?.equals(key) === true;
    this.#last = key;
    return !same && (payload.readUInt32LE(0) & 0xffff) === LOAD_SYMBOLS;
  }
}
