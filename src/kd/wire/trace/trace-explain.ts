import type { Keys } from '../../net/key.js';
import { FieldReader } from '../fields.js';
import { PacketReader, type Received } from '../packet-reader.js';
import { readCapture } from './capture.js';
import { isOfPackets, readersOf, readTrace, summary, type TraceEntry } from './trace.js';

/**
 * Says what is in a capture of a line, packet by packet and field by field.
 * @param file a trace or record of this kd, or what another tool has kept
 * @param keys of KDNET, for a capture of its datagrams
 * @throws SyntaxError in words, when there is no line of KD in it
 */
export function* explainCapture(file: Buffer, keys?: Keys): Generator<string> {
  for (const { name, entries, packets } of readCapture(file, keys)) {
    if (name !== undefined) yield `# ${name}`;
    yield* packets ? explainPackets(entries) : explainEntries(entries);
  }
}

/**
 * The same for a text.
 * @param text a trace as `traceWriter` wrote it
 * @throws SyntaxError when it is none
 */
export function explainTrace(text: string): Generator<string> {
  return isOfPackets(text) ? explainPackets(readTrace(text)) : explainEntries(readTrace(text));
}

/** Where each entry is one packet, as on KDNET. */
function* explainPackets(entries: readonly TraceEntry[]): Generator<string> {
  const read = readersOf(true);
  const fields = new FieldReader();
  for (const { ms, direction, bytes, note } of entries)
    if (note !== undefined) yield `${ms.toFixed(3).padStart(11)} ${direction} ${note}`;
    else for (const received of read[direction](bytes)) yield* receivedLines(ms, direction, received, fields);
}

function* explainEntries(entries: readonly TraceEntry[]): Generator<string> {
  const readers = { '>': new PacketReader(), '<': new PacketReader() };
  const fields = new FieldReader();
  for (const { ms, direction, bytes } of entries) {
    for (const received of readers[direction].push(bytes)) yield* receivedLines(ms, direction, received, fields);
  }
  for (const direction of ['>', '<'] as const) {
    const rest = readers[direction].heldBytes;
    if (rest > 0) yield `            ${direction} ${rest} bytes of an unfinished packet`;
  }
}

function* receivedLines(ms: number, direction: string, received: Received, fields: FieldReader): Generator<string> {
  yield `${ms.toFixed(3).padStart(11)} ${direction} ${summary(received)}`;
  if (received.kind === 'data')
    for (const line of fields.lines(received.type, received.payload)) yield `              ${line}`;
  else if (received.kind === 'noise' && received.bytes.length > 1) yield `              ${printable(received.bytes)}`;
}

function printable(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1').slice(0, 100));
}
