import type { Beginning } from '../net/host-channel.js';

/** A byte stream to the target: a serial port, the pipe or socket of a virtual machine, TCP. It carries bytes and knows nothing of packets. */
export interface ByteStream {
  /** Bytes that the line moves in a second; undefined where it is as fast as the host. */
  readonly bytesPerSecond: number | undefined;
  /** Sends a copy. What is written to a stream that has ended is lost, and does no harm. */
  write(bytes: Uint8Array): void;
  /** Resolves when everything written has left this host, or never will: the stream has ended. */
  drain(): Promise<void>;
  /**
   * Drains, and closes. Nothing is told to the listener any more. An other end that takes no more bytes is not waited for
   * without end.
   */
  close(): Promise<void>;
}

export interface ByteListener {
  bytes(chunk: Buffer): void;
  /** The other end is gone, or the device. Told once; not after `close`. */
  gone(why: string): void;
  /** Only of a stream of packets: a target has begun to speak, and what follows is of that one. */
  begun?(beginning: Beginning): void;
  /** The target is there, whether it stands or runs. */
  alive?(): void;
  /** Something about the way to the target that people should know. */
  note?(text: string): void;
}

/**
 * Opens a stream. The listener hears nothing before the promise resolves.
 * @param signal gives up; what has been opened by then is closed before the promise rejects
 * @throws Fault that says why it did not open; the signal's reason
 */
export type OpenStream = (listener: ByteListener, signal?: AbortSignal) => Promise<ByteStream>;
