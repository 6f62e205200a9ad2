import type { CapturedFrame } from './pcap.js';

/** Bytes that one end of a TCP connection sent, in their order. */
export interface TcpPiece {
  readonly ms: number;
  /** `10.0.0.1:5000` */
  readonly from: string;
  readonly to: string;
  readonly bytes: Buffer;
}

interface Segment {
  readonly from: string;
  readonly to: string;
  readonly sequence: number;
  readonly begins: boolean;
  readonly payload: Buffer;
}

/** What stands in front of the IP header. Source: "Link-layer header types" of libpcap. */
const LINK_BYTES: ReadonlyMap<number, number> = new Map([
  ...[12, 14, 101, 228, 229].map((raw) => [raw, 0] as const),
  ...[0, 108].map((loopback) => [loopback, 4] as const),
  [113, 16],
  [276, 20],
]);
const ETHERNET = 1;
const VLAN_TAGS = new Set([0x8100, 0x88a8]);
const TCP = 6;
const UDP = 17;
/** Headers of IPv6 that stand before that of TCP, each with its length in units of eight bytes behind the first. */
const IPV6_EXTENSIONS = new Set([0, 43, 60]);
const SYN = 2;
/** Segments that wait for one before them: as many later, that one was never captured. */
const MOST_WAITING = 256;

/** One direction of a connection. */
interface Flow {
  readonly from: string;
  readonly to: string;
  /** Sequence number of the byte that is due. */
  next: number | undefined;
  readonly waiting: Map<number, Buffer>;
}

/** What passed over TCP in captured frames: without what was sent twice, and in its order. */
export function* tcpPieces(frames: Iterable<CapturedFrame>): Generator<TcpPiece> {
  const flows = new Map<string, Flow>();
  let last = 0;
  for (const frame of frames) {
    const ip = ipPacket(frame);
    const segment = ip && tcpSegment(ip);
    if (!segment) continue;
    last = frame.ms;
    const { from, to } = segment;
    const flow = flows.get(`${from} ${to}`) ?? { from, to, next: undefined, waiting: new Map() };
    flows.set(`${from} ${to}`, flow);
    take(flow, segment);
    for (const bytes of due(flow, MOST_WAITING)) yield { ms: frame.ms, from, to, bytes };
  }
  for (const flow of flows.values())
    for (const bytes of due(flow, 0)) yield { ms: last, from: flow.from, to: flow.to, bytes };
}

/** A datagram, and who sent it to whom. */
export interface UdpDatagram {
  readonly ms: number;
  readonly from: string;
  readonly to: string;
  readonly bytes: Buffer;
}

/** A frame that is UDP; undefined for any other. */
export function udpDatagram(frame: CapturedFrame): UdpDatagram | undefined {
  const ip = ipPacket(frame);
  if (ip?.protocol !== UDP || ip.payload.length < 8) return undefined;
  const { source, destination, payload } = ip;
  return {
    ms: frame.ms,
    from: `${source}:${payload.readUInt16BE(0)}`,
    to: `${destination}:${payload.readUInt16BE(2)}`,
    bytes: payload.subarray(8),
  };
}

function take(flow: Flow, { sequence, begins, payload }: Segment): void {
  if (begins) {
    flow.next = (sequence + 1) >>> 0;
    flow.waiting.clear();
  } else if (payload.length > 0) {
    flow.next ??= sequence;
    flow.waiting.set(sequence, payload);
  }
}

/** @param most segments that may wait for one that never came */
function* due(flow: Flow, most: number): Generator<Buffer> {
  while (flow.waiting.size > 0) {
    const next = flow.next ?? 0;
    const [start, bytes] = [...flow.waiting].reduce((a, b) => (ahead(b[0], a[0]) < 0 ? b : a));
    const [gap, left] = [ahead(start, next), ahead(start + bytes.length, next)];
    if (gap > 0 && flow.waiting.size <= most) return;
    flow.waiting.delete(start);
    if (left <= 0) continue;
    yield gap < 0 ? bytes.subarray(-gap) : bytes;
    flow.next = (start + bytes.length) >>> 0;
  }
}

/** How far one sequence number is in front of another; they begin again behind 2^32. */
function ahead(sequence: number, of: number): number {
  return (sequence - of) | 0;
}

interface IpPacket {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly payload: Buffer;
}

function ipPacket({ link, bytes }: CapturedFrame): IpPacket | undefined {
  const at = link === ETHERNET ? ethernetBytes(bytes) : LINK_BYTES.get(link);
  const ip = at === undefined ? undefined : bytes.subarray(at);
  if (!ip || ip.length < 20) return undefined;
  const version = (ip[0] as number) >> 4;
  return version === 4 ? ipv4(ip) : version === 6 ? ipv6(ip) : undefined;
}

function ethernetBytes(bytes: Buffer): number {
  let at = 12;
  while (at + 2 <= bytes.length && VLAN_TAGS.has(bytes.readUInt16BE(at))) at += 4;
  return at + 2;
}

function ipv4(ip: Buffer): IpPacket | undefined {
  const header = ((ip[0] as number) & 15) * 4;
  // A card that sends large segments by itself leaves the length open; behind it Ethernet may pad.
  const total = ip.readUInt16BE(2) || ip.length;
  const isFragment = (ip.readUInt16BE(6) & 0x1fff) !== 0;
  if (header < 20 || isFragment) return undefined;
  return {
    source: [...ip.subarray(12, 16)].join('.'),
    destination: [...ip.subarray(16, 20)].join('.'),
    protocol: ip.readUInt8(9),
    payload: ip.subarray(header, total),
  };
}

function ipv6(ip: Buffer): IpPacket | undefined {
  if (ip.length < 40) return undefined;
  const end = 40 + (ip.readUInt16BE(4) || ip.length - 40);
  let [protocol, at] = [ip.readUInt8(6), 40];
  while (IPV6_EXTENSIONS.has(protocol) && at + 8 <= ip.length)
    [protocol, at] = [ip.readUInt8(at), at + (ip.readUInt8(at + 1) + 1) * 8];
  const text = (from: number): string => `[${(ip.toString('hex', from, from + 16).match(/.{4}/g) ?? []).join(':')}]`;
  return { source: text(8), destination: text(24), protocol, payload: ip.subarray(at, end) };
}

function tcpSegment({ source, destination, protocol, payload }: IpPacket): Segment | undefined {
  if (protocol !== TCP || payload.length < 20) return undefined;
  return {
    from: `${source}:${payload.readUInt16BE(0)}`,
    to: `${destination}:${payload.readUInt16BE(2)}`,
    sequence: payload.readUInt32BE(4),
    begins: (payload.readUInt8(13) & SYN) !== 0,
    payload: payload.subarray((payload.readUInt8(12) >> 4) * 4),
  };
}
