import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteStream, OpenStream } from '../../../src/kd/stream/byte-stream.js';
import { realTimers, type Timers } from '../../../src/kd/wire/timers.js';
import { VirtualClock } from '../../../src/simulator/stub/virtual-clock.js';

/** The far end of a stream under test: what a virtual machine or a target's port would be. */
export interface OtherEnd {
  /** Bytes that have come out of the stream under test. */
  readonly received: Buffer;
  /** Resolves when so many bytes have come. */
  until(bytes: number): Promise<void>;
  write(bytes: Uint8Array): void;
  /** Takes no more bytes, or takes them again. */
  hold(): void;
  release(): void;
  /** Answers every piece that comes, as a target does. */
  answer(): void;
  /** Sends no more, and takes what comes all the same. */
  finish(): void;
  /** Goes away, as a machine that is switched off or an adapter that is pulled out. */
  go(): void;
}

/** A place with somebody behind it. */
export interface StreamBench {
  open(timers: Timers): OpenStream;
  /** The far end; it need not be there before the stream is open. */
  other(): Promise<OtherEnd>;
  /** Resolves when no more than one is connected. */
  alone(): Promise<void>;
  close(): Promise<void>;
}

export interface StreamUnderTest {
  readonly name: string;
  /** What its bench needs is not installed here. */
  readonly missing?: boolean;
  /** @param greeting what the far end says as soon as somebody comes */
  bench(greeting?: Uint8Array): Promise<StreamBench>;
  /** More bytes than the system holds between the ends. */
  readonly plenty: number;
  /** The end shows when the far end goes. Wine shows it on no serial port. */
  readonly showsEnd: boolean;
  /** Either direction can end alone. */
  readonly hasHalves: boolean;
  /** Times that a test may be tried again, where what carries the bytes is not to be relied on. */
  readonly retry?: number;
}

/** Bytes that are not like their neighbours, every value among them. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, state = seed; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = index < 256 ? index : state >>> 16;
  }
  return bytes;
}

const CHUNKS = [1, 16, 3, 4096, 255, 70_000, 2];

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = CHUNKS[turn % CHUNKS.length] as number;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** A stream with what it told. */
class Probe {
  readonly chunks: Buffer[] = [];
  readonly ends: string[] = [];
  stream: ByteStream | undefined;
  bytes = 0;
  early = 0;
  #waiters: (() => void)[] = [];

  async open(open: OpenStream, signal?: AbortSignal): Promise<ByteStream> {
    this.stream = await open(
      {
        bytes: (chunk) => {
          if (!this.stream) this.early++;
          this.chunks.push(chunk);
          this.bytes += chunk.length;
          this.#look();
        },
        gone: (why) => {
          if (!this.stream) this.early++;
          this.ends.push(why);
          this.#look();
        },
      },
      signal,
    );
    return this.stream;
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks);
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(() => {
        if (holds()) resolve();
      });
      this.#look();
    });
  }

  #look(): void {
    for (const waiter of this.#waiters) waiter();
  }
}

/** What every byte stream to a target must do, whatever carries it. */
export function streamContract(subject: StreamUnderTest): void {
  const name = `the contract of a byte stream: ${subject.name}`;
  describe.skipIf(subject.missing)(name, { retry: subject.retry ?? 0, timeout: 20_000 }, () => {
    let bench: StreamBench;
    let probe: Probe;

    async function opened(greeting?: Uint8Array, timers: Timers = realTimers): Promise<[ByteStream, OtherEnd]> {
      bench = await subject.bench(greeting);
      const stream = await probe.open(bench.open(timers));
      return [stream, await bench.other()];
    }

    beforeEach(() => {
      probe = new Probe();
    });
    afterEach(async () => {
      await probe.stream?.close();
      await bench.close();
    });

    it('carries every byte unchanged in both directions', async () => {
      const [stream, other] = await opened();
      const all = pattern(256);
      stream.write(all);
      other.write(all);
      await Promise.all([other.until(256), probe.until(() => probe.bytes >= 256)]);
      expect(other.received.equals(all)).toBe(true);
      expect(probe.received.equals(all)).toBe(true);
    });

    it('carries a megabyte both ways at once, in any pieces', async () => {
      const [stream, other] = await opened();
      const [out, back] = [pattern(1 << 20, 2), pattern(1 << 20, 3)];
      for (const chunk of chunksOf(out)) stream.write(chunk);
      for (const chunk of chunksOf(back)) other.write(chunk);
      await Promise.all([other.until(out.length), probe.until(() => probe.bytes >= back.length)]);
      expect(other.received.equals(out)).toBe(true);
      expect(probe.received.equals(back)).toBe(true);
    });

    it('does not send what a caller puts into its buffer afterwards', async () => {
      const [stream, other] = await opened();
      const bytes = pattern(subject.plenty);
      const expected = Buffer.from(bytes);
      other.hold();
      stream.write(bytes);
      bytes.fill(0);
      other.release();
      await other.until(expected.length);
      expect(other.received.equals(expected)).toBe(true);
    });

    it('tells nothing before it is open, and everything from then on', async () => {
      const greeting = pattern(1000);
      const [, other] = await opened(greeting);
      other.write(Buffer.from('the end'));
      await probe.until(() => probe.received.includes('the end'));
      expect(probe.early).toBe(0);
      expect(probe.received.subarray(0, -7).equals(greeting)).toBe(true);
    });

    it('is drained when the bytes have left, and not before', async () => {
      const [stream, other] = await opened();
      other.hold();
      const bytes = pattern(subject.plenty);
      for (let at = 0; at < bytes.length; at += 8192) stream.write(bytes.subarray(at, at + 8192));
      let drained = false;
      const draining = stream.drain().then(() => {
        drained = true;
      });
      other.release();
      await other.until(bytes.length / 4);
      expect(drained).toBe(false);
      await draining;
      await other.until(bytes.length);
      expect(other.received.equals(bytes)).toBe(true);
    });

    it('loses nothing that was written before its close, and tells nothing after it', async () => {
      const [stream, other] = await opened();
      const bytes = pattern(subject.plenty);
      other.hold();
      for (const chunk of chunksOf(bytes)) stream.write(chunk);
      other.answer();
      const closing = stream.close();
      stream.write(pattern(3000));
      other.release();
      await closing;
      await other.until(bytes.length);
      expect(other.received.equals(bytes)).toBe(true);
      other.go();
      expect(probe.bytes).toBe(0);
      expect(probe.ends).toEqual([]);
    });

    it.skipIf(!subject.showsEnd)('tells once that the other end is gone, and takes everything after that', async () => {
      const [stream, other] = await opened();
      other.write(Buffer.from('bye'));
      await probe.until(() => probe.bytes === 3);
      other.go();
      await probe.until(() => probe.ends.length > 0);
      stream.write(pattern(5000));
      await stream.drain();
      stream.write(pattern(5000));
      await stream.close();
      expect(probe.ends).toHaveLength(1);
      expect(probe.ends[0]).not.toBe('');
      expect(probe.early).toBe(0);
    });

    it.skipIf(!subject.showsEnd)('ends a drain that can come to nothing', async () => {
      const [stream, other] = await opened();
      other.hold();
      for (const chunk of chunksOf(pattern(subject.plenty))) stream.write(chunk);
      const draining = stream.drain();
      other.go();
      await draining;
      await probe.until(() => probe.ends.length > 0);
      await stream.close();
      expect(probe.ends).toHaveLength(1);
    });

    it.skipIf(!subject.hasHalves)('loses nothing to an other end that has said all it will, and reads on', async () => {
      const [stream, other] = await opened();
      const bytes = pattern(subject.plenty);
      other.hold();
      stream.write(bytes);
      const closing = stream.close();
      other.finish();
      other.release();
      await closing;
      await other.until(bytes.length);
    });

    it.skipIf(!subject.hasHalves)('is at its end when the other end sends no more', async () => {
      const [stream, other] = await opened();
      other.hold();
      stream.write(pattern(subject.plenty));
      other.finish();
      await probe.until(() => probe.ends.length > 0);
      await stream.drain();
      await stream.close();
      expect(probe.ends).toHaveLength(1);
    });

    it('may be closed twice, and used after that', async () => {
      const [stream, other] = await opened();
      stream.write(Buffer.from('last'));
      await Promise.all([stream.close(), stream.close()]);
      await other.until(4);
      stream.write(Buffer.from('too late'));
      await stream.drain();
      await stream.close();
      expect(other.received.toString()).toBe('last');
      expect(probe.ends).toEqual([]);
    });

    it('closes although the other end takes no more bytes', async () => {
      const clock = new VirtualClock();
      const [stream, other] = await opened(undefined, clock);
      other.hold();
      for (const chunk of chunksOf(pattern(4 * subject.plenty))) stream.write(chunk);
      const closing = stream.close();
      await clock.advanceAsync(600_000);
      await closing;
      expect(clock.pending).toBe(0);
      expect(probe.ends).toEqual([]);
    });

    it('is not opened when nobody wants it any more', async () => {
      bench = await subject.bench();
      const reason = new Error('no longer');
      await expect(probe.open(bench.open(realTimers), AbortSignal.abort(reason))).rejects.toBe(reason);
      const giveUp = new AbortController();
      const opening = probe.open(bench.open(realTimers), giveUp.signal);
      giveUp.abort(reason);
      await expect(opening).rejects.toBe(reason);
      expect(probe.early).toBe(0);
      // It is free for the next one.
      const stream = await probe.open(bench.open(realTimers));
      const other = await bench.other();
      stream.write(Buffer.from('here'));
      await other.until(4);
      await bench.alone();
    });
  });
}
