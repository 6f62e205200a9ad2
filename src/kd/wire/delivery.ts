import { decodeDebugIo, encodePromptAnswer } from './debug-io.js';
import { encodeControlRefusal, encodeFileRefusal, requestedFile } from './file-io.js';
import { PACKET, type PacketType } from './packet.js';

/** "Ignore", among the answers to a failed assertion. */
const IGNORE = 'i';

/** What a link tells. Everything is told after its packet has been acknowledged. */
export interface LinkListener {
  /** The target stopped, or says again that it stands. `sync`: it has begun its ids anew. */
  stateChange(payload: Buffer, sync: boolean): void;
  print(text: Buffer, processor: number): void;
  /** The target asks and waits; the promise gives the answer. */
  prompt(text: Buffer): Promise<string>;
  /** The target asked for a file of the host, and was refused. */
  fileRefused?(name: string): void;
  /** The target wants a packet again, and none is under way: it may be halted, and wait for it. */
  repeatWanted?(): void;
  /** The same packet has been sent so many times without an acknowledgement. */
  retrying?(times: number): void;
  /** An exchange got through again after `retrying`. */
  recovered?(): void;
  /** Bytes that are no packet, e.g. a boot loader's text. */
  noise?(bytes: Buffer): void;
  /** A packet of an API that this link does not speak, e.g. STATE_CHANGE32 of Windows 2000. */
  foreign?(type: number): void;
  /** The target has begun its ids anew: it started, or it had given up its debugger. Told before the packet of that type. */
  sync?(type: number): void;
}

/** Hands a data packet that nobody asked for to the listener, and answers what the target waits for. */
export function deliver(
  packet: { readonly type: number; readonly payload: Buffer; readonly sync: boolean },
  listener: LinkListener,
  answer: (type: PacketType, payload: Buffer) => void,
): void {
  const { type, payload } = packet;
  switch (type) {
    case PACKET.stateChange64:
      listener.stateChange(payload, packet.sync);
      break;
    case PACKET.debugIo:
      debugIo(payload, listener, answer);
      break;
    case PACKET.fileIo: {
      answer(PACKET.fileIo, encodeFileRefusal(payload));
      const name = requestedFile(payload);
      if (name !== undefined) listener.fileRefused?.(name);
      break;
    }
    case PACKET.controlRequest:
      answer(PACKET.controlRequest, encodeControlRefusal(payload));
      break;
    // A late reply to a request that has been answered, and what a target traces: acknowledged, and no more.
    case PACKET.stateManipulate:
    case PACKET.traceIo:
      break;
    default:
      listener.foreign?.(type);
  }
}

function debugIo(payload: Buffer, listener: LinkListener, answer: (type: PacketType, payload: Buffer) => void): void {
  const io = decodeDebugIo(payload);
  if (io?.kind === 'print') listener.print(io.text, io.processor);
  if (io?.kind !== 'prompt') return;
  // With nobody who answers the assertion is ignored: the target must not stand for ever.
  void listener
    .prompt(io.text)
    .catch(() => IGNORE)
    .then((text) => answer(PACKET.debugIo, encodePromptAnswer(payload, text)));
}
