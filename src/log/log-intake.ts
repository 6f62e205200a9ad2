import { EXIT, Fault, messageOf } from '../fault.js';

/** What a log can be asked to do with a chunk. */
export interface LogWriter {
  write(chunk: Uint8Array): Promise<void>;
}

/** A log that takes so long for one chunk is not waited for any more. */
const STALL_MS = 3000;
/** How often it is looked whether it has taken so long. */
const LOOKS = 6;
/** What may wait for a log that has stalled. */
const HELD_BYTES = 16_777_216;

/**
 * Between kd's output and whoever acts on it: a chunk is acted on when it is in the log. A log that cannot be written, or not
 * within 3 s, is told of once; from then on chunks are acted on as they come, and what the log lacks of them is counted.
 */
export class LogIntake {
  /** Bytes that were acted on and are not in the log. */
  missing = 0;
  readonly #waiting: { readonly chunk: Buffer; readonly acted: () => void }[] = [];
  #held = 0;
  /** Whether a chunk is acted on only when it is in the log. */
  #waits = true;
  /** Whether the log is given anything more. */
  #open = true;
  #writing: Promise<void> | undefined;

  /**
   * @param act what is done with a chunk
   * @param failed is told once why the log is not waited for any more
   */
  constructor(
    private readonly log: LogWriter,
    private readonly act: (chunk: Buffer) => void,
    private readonly failed: (fault: Fault) => void,
    private readonly stallMs = STALL_MS,
  ) {}

  /** Resolves when the chunk has been acted on. */
  push(chunk: Buffer): Promise<void> {
    if (!this.#waits) {
      this.act(chunk);
      this.#hold(chunk);
      return Promise.resolve();
    }
    return new Promise((acted) => {
      this.#waiting.push({ chunk, acted });
      this.#writing ??= this.#write();
    });
  }

  /** Resolves when all chunks have been acted on. */
  async settled(): Promise<void> {
    while (this.#waits && this.#writing) await Promise.race([this.#writing, this.#stalled]);
  }

  #stall: () => void = () => {};
  readonly #stalled = new Promise<void>((resolve) => {
    this.#stall = resolve;
  });

  async #write(): Promise<void> {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const stopWatching = this.#watch();
      try {
        await this.log.write(next.chunk);
        this.#waiting.shift();
        this.#written(next);
      } catch (error) {
        this.#open = false;
        this.#giveUp(error instanceof Fault ? error : broken(error));
        this.#waiting.length = 0;
      } finally {
        stopWatching();
      }
    }
    this.#writing = undefined;
  }

  /**
   * Gives up a log that takes too long for one chunk. Of the time in which this program did not run (a laptop asleep, a process that
   * was stopped) two looks count at most: the log had its answer ready, perhaps, and nobody there to hear it.
   * @returns what ends that
   */
  #watch(): () => void {
    const everyMs = this.stallMs / LOOKS;
    let taken = 0;
    let before = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      taken += Math.min(now - before, 2 * everyMs);
      before = now;
      if (taken < this.stallMs) return;
      clearInterval(timer);
      this.#giveUp(stalled(this.stallMs));
    }, everyMs);
    return () => clearInterval(timer);
  }

  #written({ chunk, acted }: { readonly chunk: Buffer; readonly acted: () => void }): void {
    if (this.#waits) {
      this.act(chunk);
      acted();
    } else {
      this.missing -= chunk.length;
      this.#held -= chunk.length;
    }
  }

  // What waited for the log is acted on now. It is written all the same where the log takes more one day.
  #giveUp(fault: Fault): void {
    if (!this.#waits) return;
    this.#waits = false;
    const unacted = [...this.#waiting];
    for (const { chunk } of unacted) this.#count(chunk);
    this.failed(fault);
    for (const { chunk, acted } of unacted) {
      this.act(chunk);
      acted();
    }
    this.#stall();
  }

  #hold(chunk: Buffer): void {
    // A log with a hole in it would be read as if it had none: behind the first chunk that is not held none is.
    if (this.#held + chunk.length > HELD_BYTES) this.#open = false;
    if (!this.#open) {
      this.missing += chunk.length;
      return;
    }
    this.#count(chunk);
    this.#waiting.push({ chunk, acted: () => {} });
    this.#writing ??= this.#write();
  }

  #count(chunk: Buffer): void {
    this.missing += chunk.length;
    this.#held += chunk.length;
  }
}

function stalled(ms: number): Fault {
  return new Fault(
    'log-stalled',
    EXIT.missing,
    `The log has not taken a word for ${ms / 1000} s.`,
    'The target is being released. Start again with --log on another disk.',
  );
}

function broken(error: unknown): Fault {
  return new Fault('log', EXIT.fault, messageOf(error), 'The target is being released.');
}
