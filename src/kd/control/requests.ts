import type { ExchangeResult } from '../wire/exchange.js';
import { BREAK_IN, encodeData, INITIAL_ID, PACKET } from '../wire/packet.js';
import { API, type ApiNumber, type ApiRequest, decodeReply, encodeRequest, type Reply } from './api.js';

// One request and its reply. Repetition and acknowledgement are the link's.

/** What requests need of a link. */
export interface Wire {
  /** The longest payload that gets through; default: that of a serial line. */
  readonly maxPayload?: number;
  request(payload: Buffer, wants?: (reply: Buffer) => boolean, divisible?: boolean): Promise<ExchangeResult>;
  command(payload: Buffer, sent?: () => void): Promise<ExchangeResult>;
}

export interface RequestAnswer extends Reply {
  /** The request may have been executed twice: a "failed" can mean "done before". */
  readonly repeated: boolean;
}

/** Asks the target. @param divisible see Link.request @throws LinkError */
export async function ask(wire: Wire, request: ApiRequest, divisible = false): Promise<RequestAnswer> {
  const { reply, repeated } = await wire.request(encodeRequest(request), echoes(request), divisible);
  return { ...decodeReply(reply), repeated };
}

/** Tells the target what has no reply. @param sent told when it goes out @throws LinkError */
export function tell(wire: Wire, request: ApiRequest, sent?: () => void): Promise<ExchangeResult> {
  return wire.command(encodeRequest(request), sent);
}

/** Apis whose reply repeats the 64-bit address or selector at offset 16. */
const ADDRESSED: ReadonlySet<ApiNumber> = new Set([
  API.readVirtual,
  API.writeVirtual,
  API.readPhysical,
  API.writePhysical,
  API.readControlSpace,
  API.writeControlSpace,
  API.writeBreakPoint,
]);

/** Apis whose reply repeats the 32-bit offset or handle there. */
const PARTIAL: ReadonlySet<ApiNumber> = new Set([API.getContextEx, API.setContextEx, API.restoreBreakPoint]);

/**
 * Recognises the reply that belongs to a request. A checksum of bytes proves little on a noisy line; an echo of the very
 * address does, and keeps a late reply to another request from being taken for this one's.
 */
function echoes(request: ApiRequest): (reply: Buffer) => boolean {
  const sent = encodeRequest({ api: request.api, fields: request.fields ?? [] });
  return (reply) => {
    if (reply.readUInt32LE(0) !== request.api) return false;
    if (PARTIAL.has(request.api)) return reply.readUInt32LE(16) === sent.readUInt32LE(16);
    return !ADDRESSED.has(request.api) || reply.readBigUInt64LE(16) === sent.readBigUInt64LE(16);
  };
}

/**
 * A request without a break-in byte in its packet: one that is sent again because its acknowledgement got lost meets a target
 * that runs, and a running target takes any 0x62 for a break-in. The filler after the status makes the checksum differ.
 */
export function quiet(request: ApiRequest): ApiRequest {
  for (let filler = 0; filler < 256; filler++) {
    const tried = { ...request, fields: [...(request.fields ?? []), [12, filler] as const] };
    const packet = encodeData(PACKET.stateManipulate, INITIAL_ID, encodeRequest(tried));
    if (!packet.includes(BREAK_IN)) return tried;
  }
  return request;
}
