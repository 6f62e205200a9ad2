import type { Sink } from '../../debugging-server/sink.js';
import { between, type Random } from '../random.js';

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
