import type { Writable } from 'node:stream';

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
