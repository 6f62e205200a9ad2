import type { Writable } from 'node:stream';
import { between, type Random } from './random.js';

/** Somewhere that kd's output goes: its standard output, a client, a log file. */
export interface Sink {
  readonly id: string;
  write(bytes: Buffer): void;
  /** Resolves once the sink takes more, at the latest when it is gone. */
  drained(): Promise<void>;
  /** Writes no more; resolves when all of it has left. */
  end(): Promise<void>;
}

/** Writes to a stream with back-pressure; a reader that went away is no reason to die. */
export function streamSink(id: string, stream: Writable): Sink {
  let gone = false;
  stream.on('error', () => {
    gone = true;
    stream.emit('drain');
  });
  return {
    id,
    write: (bytes) => void (gone || stream.write(bytes)),
    async drained() {
      while (!gone && stream.writableNeedDrain) await new Promise<void>((resolve) => stream.once('drain', resolve));
    },
    async end() {
      if (!gone) await new Promise<void>((resolve) => stream.once('error', () => resolve()).end(() => resolve()));
    },
  };
}

/** Passes everything on in pieces of random length, each by a write of its own: nobody may rely on where reads end. */
export function choppedSink(inner: Sink, [low, high]: readonly [number, number], random: Random): Sink {
  let tail = Promise.resolve();
  const pass = async (bytes: Buffer): Promise<void> => {
    for (let at = 0; at < bytes.length; ) {
      const end = at + between(random, low, high);
      inner.write(bytes.subarray(at, end));
      at = end;
      await inner.drained();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    id: inner.id,
    write(bytes) {
      tail = tail.then(() => pass(bytes));
    },
    drained: () => tail,
    end: () => tail.then(() => inner.end()),
  };
}
