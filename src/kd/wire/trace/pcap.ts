/** A packet of a network as a capture file has it. */
export interface CapturedFrame {
  /** Milliseconds since 1970; 0 where the file does not say. */
  readonly ms: number;
  /** LINKTYPE_*: what the bytes begin with. */
  readonly link: number;
  readonly bytes: Buffer;
}

const PCAP = new Map<number, { readonly little: boolean; readonly perSecond: number }>([
  [0xa1b2c3d4, { little: false, perSecond: 1e6 }],
  [0xd4c3b2a1, { little: true, perSecond: 1e6 }],
  [0xa1b23c4d, { little: false, perSecond: 1e9 }],
  [0x4d3cb2a1, { little: true, perSecond: 1e9 }],
]);
/** Of a pcap file, before its first frame. */
const HEAD_BYTES = 24;
const PCAPNG = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const BLOCK = { interface: 1, simple: 3, enhanced: 6 } as const;
const TIME_RESOLUTION = 9;

export function isPcap(file: Buffer): boolean {
  if (file.length < 12) return false;
  const magic = file.readUInt32BE(0);
  return PCAP.has(magic) || magic === PCAPNG;
}

/**
 * The frames of a pcap or pcapng file, up to where it is cut off.
 * Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
export function* readPcap(file: Buffer): Generator<CapturedFrame> {
  const format = PCAP.get(file.readUInt32BE(0));
  if (!format) {
    yield* readPcapng(file);
    return;
  }
  const u32 = readerOf(file, format.little);
  if (file.length < HEAD_BYTES) return;
  const link = u32(20) & 0xffff;
  for (let at = HEAD_BYTES; at + 16 <= file.length; ) {
    const length = u32(at + 8);
    const from = at + 16;
    if (from + length > file.length) return;
    yield {
      ms: u32(at) * 1000 + (u32(at + 4) * 1000) / format.perSecond,
      link,
      bytes: file.subarray(from, from + length),
    };
    at = from + length;
  }
}

interface Interface {
  readonly link: number;
  readonly perSecond: number;
}

function* readPcapng(file: Buffer): Generator<CapturedFrame> {
  let little = true;
  let interfaces: Interface[] = [];
  for (let at = 0; at + 12 <= file.length; ) {
    // A section says in which order the bytes of its numbers are, also of its own length.
    if (file.readUInt32BE(at) === PCAPNG) {
      little = file.readUInt32LE(at + 8) === BYTE_ORDER;
      interfaces = [];
    }
    const u32 = readerOf(file, little);
    const [type, length] = [u32(at), u32(at + 4)];
    if (length < 12 || length % 4 !== 0 || at + length > file.length) return;
    const end = at + length - 4;
    if (type === BLOCK.interface && length >= 20) interfaces.push(readInterface(file, at, end, little));
    const [first] = interfaces;
    if (type === BLOCK.simple && first && length >= 16)
      yield { ms: 0, link: first.link, bytes: file.subarray(at + 12, Math.min(end, at + 12 + u32(at + 8))) };
    const own = type === BLOCK.enhanced && length >= 32 ? interfaces[u32(at + 8)] : undefined;
    if (own) {
      const ticks = u32(at + 12) * 2 ** 32 + u32(at + 16);
      const bytes = file.subarray(at + 28, Math.min(end, at + 28 + u32(at + 20)));
      yield { ms: (ticks / own.perSecond) * 1000, link: own.link, bytes };
    }
    at += length;
  }
}

function readInterface(file: Buffer, at: number, end: number, little: boolean): Interface {
  const u16 = (place: number): number => (little ? file.readUInt16LE(place) : file.readUInt16BE(place));
  let perSecond = 1e6;
  for (let option = at + 16; option + 4 <= end; ) {
    const [code, length] = [u16(option), u16(option + 2)];
    if (code === 0) break;
    if (code === TIME_RESOLUTION && length >= 1 && option + 4 < end) {
      const power = file.readUInt8(option + 4);
      perSecond = power & 0x80 ? 2 ** (power & 0x7f) : 10 ** power;
    }
    option += 4 + Math.ceil(length / 4) * 4;
  }
  return { link: u16(at + 8), perSecond };
}

function readerOf(file: Buffer, little: boolean): (at: number) => number {
  return (at) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
}
