/**
 * The kernel's debugger code waits in the middle of things: for a byte, for a while. Here it is written the same way,
 * as generators that give away what they wait for; whoever drives them owns the clock and the line.
 */
export type TaskWait =
  /** The next byte from the line, or undefined when none comes within so many milliseconds. */
  | { readonly kind: 'byte'; readonly ms: number }
  /** Time passes; bytes pile up in the serial port meanwhile. */
  | { readonly kind: 'pause'; readonly ms: number };

/** A piece of the kernel that may wait, and ends with a T. */
export type Task<T> = Generator<TaskWait, T, number | undefined>;

export function* nextByte(ms: number): Task<number | undefined> {
  return yield { kind: 'byte', ms };
}

export function* pauseTask(ms: number): Task<void> {
  if (ms > 0) yield { kind: 'pause', ms };
}
