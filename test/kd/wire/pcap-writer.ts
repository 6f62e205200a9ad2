export interface TcpSegment {
  /** Which of the two ends. */
  readonly from: number;
  readonly to: number;
  readonly sequence: number;
  readonly payload: Buffer;
  readonly syn?: boolean;
}

function be16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}

function tcp({ from, to, sequence, payload, syn = false }: TcpSegment): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt16BE(4000 + from, 0);
  header.writeUInt16BE(4000 + to, 2);
  header.writeUInt32BE(sequence, 4);
  // With an option behind the 20 bytes.
  header.writeUInt8(6 << 4, 12);
  header.writeUInt8(syn ? 2 : 0x18, 13);
  header.writeUInt32BE(0x0101_0101, 20);
  return Buffer.concat([header, payload]);
}

function ipv4(protocol: number, from: number, to: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt16BE(0x4000, 6);
  header.writeUInt8(protocol, 9);
  header.set([10, 0, 0, from, 10, 0, 0, to], 12);
  return Buffer.concat([header, payload]);
}

function ipv6(protocol: number, from: number, to: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(48);
  header.writeUInt8(0x60, 0);
  header.writeUInt16BE(8 + payload.length, 4);
  // Options for the destination stand before TCP.
  header.writeUInt8(60, 6);
  header.set([0xfd, ...Array<number>(14).fill(0), from, 0xfd, ...Array<number>(14).fill(0), to], 8);
  header.writeUInt8(protocol, 40);
  return Buffer.concat([header, payload]);
}

const MACS = Buffer.from('020000000001020000000002', 'hex');

/** Frames of each link type with a segment in them. */
export const frames = [
  // Short frames are filled up on Ethernet.
  { link: 1, head: Buffer.concat([MACS, be16(0x0800)]), tail: Buffer.alloc(6), ip: ipv4 },
  { link: 1, head: Buffer.concat([MACS, be16(0x8100, 7, 0x86dd)]), tail: Buffer.alloc(0), ip: ipv6 },
  { link: 113, head: Buffer.alloc(16), tail: Buffer.alloc(0), ip: ipv4 },
  { link: 276, head: Buffer.alloc(20), tail: Buffer.alloc(0), ip: ipv6 },
  { link: 101, head: Buffer.alloc(0), tail: Buffer.alloc(0), ip: ipv4 },
  { link: 0, head: Buffer.from([2, 0, 0, 0]), tail: Buffer.alloc(0), ip: ipv4 },
].map(({ link, head, tail, ip }) => ({
  link,
  of: (segment: TcpSegment): Buffer => Buffer.concat([head, ip(6, segment.from, segment.to, tcp(segment)), tail]),
  udp: (payload: Buffer, from = 1): Buffer => {
    const ports = be16(5000 + from, 5003 - from, 8 + payload.length, 0);
    return Buffer.concat([head, ip(17, from, 3 - from, Buffer.concat([ports, payload])), tail]);
  },
}));

function words(order: 'LE' | 'BE', ...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    if (order === 'LE') bytes.writeUInt32LE(value, index * 4);
    else bytes.writeUInt32BE(value, index * 4);
  });
  return bytes;
}

export function pcap(all: readonly Buffer[], link: number, order: 'LE' | 'BE', unit: 'us' | 'ns' = 'us'): Buffer {
  const half = order === 'LE' ? [2, 4] : [4, 2];
  const head = words(order, unit === 'us' ? 0xa1b2c3d4 : 0xa1b23c4d, 0x0002_0004, 0, 0, 0xffff, link);
  head.set(order === 'LE' ? [half[0] as number, 0, half[1] as number, 0] : [0, 2, 0, 4], 4);
  return Buffer.concat([
    head,
    ...all.flatMap((frame, index) => [words(order, 1000 + index, 5000, frame.length, frame.length), frame]),
  ]);
}

function block(order: 'LE' | 'BE', type: number, body: Buffer): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
  const length = padded.length + 12;
  return Buffer.concat([words(order, type, length), padded, words(order, length)]);
}

export function pcapng(all: readonly Buffer[], link: number, order: 'LE' | 'BE'): Buffer {
  const link16 = order === 'LE' ? Buffer.from([link & 0xff, link >> 8, 0, 0]) : be16(link, 0);
  // Time stamps in milliseconds, by an option of four bytes and its end.
  const resolution =
    order === 'LE'
      ? Buffer.from([9, 0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0])
      : Buffer.from([0, 9, 0, 1, 3, 0, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([
    block(order, 0x0a0d0d0a, Buffer.concat([words(order, 0x1a2b3c4d, 1), words(order, 0xffff_ffff, 0xffff_ffff)])),
    block(order, 1, Buffer.concat([link16, words(order, 0), resolution])),
    // One that is not known is stepped over.
    block(order, 5, Buffer.alloc(8)),
    ...all.map((frame, index) =>
      block(order, 6, Buffer.concat([words(order, 0, 0, 1000 * index, frame.length, frame.length), frame])),
    ),
  ]);
}

/** A capture of a network with datagrams between a host and a target in it. */
export function udpFrames(all: readonly { readonly direction: '>' | '<'; readonly bytes: Buffer }[]): Buffer {
  const [{ link, udp } = {} as never] = frames;
  const ended = all.map(({ direction, bytes }) => udp(bytes, direction === '>' ? 1 : 2));
  return pcap(ended, link, 'LE');
}
