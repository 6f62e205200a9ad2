import type { Kernel } from './kernel.js';
import { NT_STATUS } from './state-change.js';

/** Bytes of DBGKD_MANIPULATE_STATE64. */
export const REQUEST_BYTES = 56;

/** One request: its structure, which goes back as the reply, and what followed it. */
export interface ReceivedRequest {
  readonly api: number;
  readonly processor: number;
  /** The 56 bytes; a handler fills in the fields of the reply. */
  readonly header: Buffer;
  readonly data: Buffer;
}

/** What the kernel does about a request. */
export type StubAnswer =
  | { readonly kind: 'reply'; readonly status: number; readonly data?: Buffer; readonly print?: string }
  /** The link's acknowledgement is all there is. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'resume'; readonly handled: boolean }
  | { readonly kind: 'switch'; readonly processor: number }
  | { readonly kind: 'reboot' }
  | { readonly kind: 'bug-check'; readonly code: number }
  /** The target is dead: an assertion inside the stub. */
  | { readonly kind: 'death' };

export type Handler = (kernel: Kernel, request: ReceivedRequest) => StubAnswer;

export const silent: StubAnswer = { kind: 'silent' };

export function reply(status: number, data?: Buffer): StubAnswer {
  return data === undefined ? { kind: 'reply', status } : { kind: 'reply', status, data };
}

export function done(data?: Buffer): StubAnswer {
  return reply(NT_STATUS.success, data);
}

export const failed: StubAnswer = { kind: 'reply', status: NT_STATUS.unsuccessful };

/** Success when all was done, failure with the good part otherwise. */
export function partly(all: boolean, data?: Buffer): StubAnswer {
  return reply(all ? NT_STATUS.success : NT_STATUS.unsuccessful, data);
}

/** What this kernel does not implement: it says so in a print where it has that habit, and fails. */
export function unimplemented(kernel: Kernel, text: string): StubAnswer {
  return kernel.personality.printsBeforeReply ? { kind: 'reply', status: NT_STATUS.unsuccessful, print: text } : failed;
}

export function parseRequest(payload: Buffer): ReceivedRequest {
  const header = Buffer.from(payload.subarray(0, REQUEST_BYTES));
  return {
    api: header.readUInt32LE(0),
    processor: header.readUInt16LE(6),
    header,
    data: Buffer.from(payload.subarray(REQUEST_BYTES)),
  };
}
