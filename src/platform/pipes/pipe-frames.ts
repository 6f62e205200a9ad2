/**
 * What a debugging server and its clients send each other: a letter, the length of the payload (four bytes, little
 * endian), the payload. From the client H hello (JSON), L a typed line, B break in; from the server O output,
 * E refused (text), X leave.
 */
export type ServerFrame = 'H' | 'L' | 'B' | 'O' | 'E' | 'X';

/**
 * What a session and the supervisor of its kd send each other. From the session S the orders (JSON), I typed bytes,
 * A how many bytes of output are on disk (decimal), K end kd, C interrupt kd, B leave kd alone; from the supervisor P kd's
 * process id (decimal), O output, F an interrupt could not be sent (text), X kd's end (JSON).
 */
export type SupervisorFrame = 'S' | 'I' | 'A' | 'K' | 'C' | 'B' | 'P' | 'O' | 'F' | 'X';

/** What a client says when it joins. */
export interface Hello {
  readonly user: string;
  readonly password?: string;
  /** Lines of history it wants; all when missing. */
  readonly lines?: number;
  readonly breaks: boolean;
}

const headBytes = 5;
// A client has no business sending more in one piece: whoever does speaks another protocol.
const longest = 16 * 1024 * 1024;

export function encodeFrame(type: ServerFrame | SupervisorFrame, payload: Buffer | string = ''): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const head = Buffer.alloc(headBytes);
  head.write(type, 'latin1');
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/**
 * Cuts a byte stream into frames; `onForeign` is told once when the peer does not speak this protocol, and nothing more is read.
 * @param most bytes that a frame may have now
 */
export function frameReader(
  onFrame: (type: string, payload: Buffer) => void,
  onForeign: () => void,
  most: () => number = () => longest,
): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let size = 0;
  let needed = headBytes;
  let broken = false;
  return (chunk) => {
    if (broken) return;
    chunks.push(chunk);
    size += chunk.length;
    if (size < needed) return;
    let rest = Buffer.concat(chunks);
    while (rest.length >= headBytes) {
      const length = rest.readUInt32LE(1);
      if (length > most()) {
        broken = true;
        onForeign();
        return;
      }
      needed = headBytes + length;
      if (rest.length < needed) break;
      onFrame(String.fromCharCode(rest[0] ?? 0), rest.subarray(headBytes, needed));
      rest = rest.subarray(needed);
      needed = headBytes;
    }
    chunks = [rest];
    size = rest.length;
  };
}
