/** A byte stream to the target: a serial port, the pipe or socket of a virtual machine, TCP. It carries bytes and knows nothing of packets. */
export interface ByteStream {
  /** Bytes that the line moves in a second; undefined where it is as fast as the host. */
  readonly bytesPerSecond: number | undefined;
  write(bytes: Uint8Array): void;
  /** Resolves when everything written has left this host. */
  drain(): Promise<void>;
  /** Drains, and closes. Nothing is told to the listener any more. */
  close(): Promise<void>;
}

export interface StreamListener {
  bytes(chunk: Buffer): void;
  /** The other end is gone, or the device. Told once; not after `close`. */
  gone(why: string): void;
}

/**
 * Opens a stream. The listener hears nothing before the promise resolves.
 * @throws Fault that says why it did not open
 */
export type OpenStream = (listener: StreamListener) => Promise<ByteStream>;

/** A listener that can be silenced, and that tells the end once. */
export function onceGone(listener: StreamListener): StreamListener & { silence(): void } {
  let silent = false;
  return {
    bytes(chunk) {
      if (!silent) listener.bytes(chunk);
    },
    gone(why) {
      if (silent) return;
      silent = true;
      listener.gone(why);
    },
    silence() {
      silent = true;
    },
  };
}
