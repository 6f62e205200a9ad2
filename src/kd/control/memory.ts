import type { LineQuality } from '../wire/line-quality.js';
import { LinkError } from '../wire/link-error.js';
import { MAX_PAYLOAD } from '../wire/packet.js';
import { API, type ApiRequest, MANIPULATE_BYTES } from './api.js';
import { type Architecture, onTheWire } from './architecture.js';
import { MemoryCache } from './memory-cache.js';
import { ask, type RequestAnswer, type Wire } from './requests.js';

// The target's memory while it is halted: in pieces, cached, and read twice on a bad line. What the bytes mean is not known here.

/** The smallest piece that a read is cut into on a bad line, bytes. */
const SMALLEST_READ = 64;
/**
 * The target's memory, while it stands. Nothing is fetched twice in one stop, and code that cannot change not twice in a session.
 * On a line that has just shown errors every reading is repeated until two agree: two wrong bytes can leave the sum right.
 */
export class TargetMemory {
  readonly #stop = new MemoryCache();
  readonly #lasting = new MemoryCache();
  /** Addresses of this stop at which there was nothing more to read. */
  readonly #ends = new Set<bigint>();
  readonly #most: number;
  #piece: number;

  constructor(
    private readonly wire: Wire,
    private readonly architecture: Architecture,
    private readonly quality: LineQuality,
  ) {
    this.#most = (wire.maxPayload ?? MAX_PAYLOAD) - MANIPULATE_BYTES;
    this.#piece = this.#most;
  }

  /**
   * Reads virtual memory; shorter than asked where the rest is not there.
   * @param lasting the bytes cannot change as long as the kernel runs: code, headers, names
   */
  async read(address: bigint, length: number, lasting = false): Promise<Buffer> {
    const known = this.#stop.get(address, length) ?? this.#lasting.get(address, length);
    if (known) return known;
    const there = this.#there(address, length);
    if (there < length && (there === 0 || this.#stop.get(address, there)))
      return this.#stop.get(address, there) ?? Buffer.alloc(0);
    const bytes = await this.#fetch(API.readVirtual, onTheWire(this.architecture, address), length);
    (lasting ? this.#lasting : this.#stop).put(address, bytes);
    if (bytes.length < length) this.#ends.add(address + BigInt(bytes.length));
    return bytes;
  }

  /** How many of these bytes are there, as far as this stop knows. */
  #there(address: bigint, length: number): number {
    for (const end of this.#ends) if (address <= end && end < address + BigInt(length)) return Number(end - address);
    return length;
  }

  /** Writes virtual memory; gives the number of bytes written. What is written over is not believed from a cache again. */
  async write(address: bigint, bytes: Uint8Array): Promise<number> {
    const written = await this.#store(API.writeVirtual, onTheWire(this.architecture, address), bytes);
    this.forget();
    return written;
  }

  async readPhysical(address: bigint, length: number): Promise<Buffer> {
    return this.#fetch(API.readPhysical, address, length);
  }

  async writePhysical(address: bigint, bytes: Uint8Array): Promise<number> {
    const written = await this.#store(API.writePhysical, address, bytes);
    this.forget();
    return written;
  }

  /** The target runs: what was read may be old now. */
  resumed(): void {
    this.#stop.clear();
    this.#ends.clear();
  }

  /** Another boot, another memory. */
  forget(): void {
    this.resumed();
    this.#lasting.clear();
  }

  async #fetch(
    api: typeof API.readVirtual | typeof API.readPhysical,
    address: bigint,
    length: number,
  ): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let at = 0; at < length; ) {
      const count = Math.min(this.#piece, length - at);
      const place = address + BigInt(at);
      const piece = await this.#through(count, () => this.quality.readVerified(() => this.#once(api, place, count)));
      if (!piece) continue;
      pieces.push(piece);
      at += piece.length;
      if (piece.length < count) break;
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }

  /** @returns undefined where so much does not get through: the next piece is smaller */
  async #through(count: number, read: () => Promise<Buffer>): Promise<Buffer | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof LinkError) || error.code !== 'damaged') throw error;
      this.#piece = Math.max(SMALLEST_READ, count >>> 1);
      return undefined;
    }
  }

  async #once(api: typeof API.readVirtual | typeof API.readPhysical, address: bigint, count: number): Promise<Buffer> {
    const fields: ApiRequest['fields'] = [
      [16, address],
      [24, count],
    ];
    const answer = await ask(this.wire, { api, fields }, count > SMALLEST_READ);
    this.#piece = pieceAfter(answer, this.#piece, this.quality.isDegraded, this.#most);
    const actual = Math.min(answer.u32(28), count, answer.data.length);
    return answer.data.subarray(0, actual);
  }

  async #store(
    api: typeof API.writeVirtual | typeof API.writePhysical,
    address: bigint,
    bytes: Uint8Array,
  ): Promise<number> {
    for (let at = 0; at < bytes.length; ) {
      const data = bytes.subarray(at, at + Math.min(this.#piece, this.#most));
      const answer = await ask(this.wire, {
        api,
        fields: [
          [16, address + BigInt(at)],
          [24, data.length],
        ],
        data,
      });
      this.#piece = pieceAfter(answer, this.#piece, this.quality.isDegraded, this.#most);
      const actual = Math.min(answer.u32(28), data.length);
      at += actual;
      if (actual < data.length) return at;
    }
    return bytes.length;
  }
}

// A long packet seldom gets through a line that damages short ones.
function pieceAfter({ repeated }: RequestAnswer, piece: number, troubled: boolean, most: number): number {
  if (repeated) return Math.max(SMALLEST_READ, piece >>> 1);
  return Math.min(most, troubled ? piece + (piece >>> 2) : piece * 2);
}
