import { fieldLines } from './fields.js';
import { PacketReader } from './packet-reader.js';
import { readTrace, summary } from './trace.js';

/**
 * Says what is in a trace, packet by packet and field by field.
 * @param text a trace as `traceWriter` wrote it
 * @throws SyntaxError when it is none
 */
export function* explainTrace(text: string): Generator<string> {
  const readers = { '>': new PacketReader(), '<': new PacketReader() };
  for (const { ms, direction, bytes } of readTrace(text)) {
    for (const received of readers[direction].push(bytes)) {
      yield `${ms.toFixed(3).padStart(11)} ${direction} ${summary(received)}`;
      if (received.kind === 'data')
        for (const line of fieldLines(received.type, received.payload)) yield `              ${line}`;
      else if (received.kind === 'noise' && received.bytes.length > 1)
        yield `              ${printable(received.bytes)}`;
    }
  }
  for (const direction of ['>', '<'] as const) {
    const rest = readers[direction].heldBytes;
    if (rest > 0) yield `            ${direction} ${rest} bytes of an unfinished packet`;
  }
}

function printable(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1').slice(0, 100));
}
