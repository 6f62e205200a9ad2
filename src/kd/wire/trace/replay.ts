import type { Timers } from '../timers.js';
import { type Direction, type TraceEntry, traceWriter } from './trace.js';
import { explainTrace } from './trace-explain.js';

/** The first place at which a host does not send what a trace has. */
export interface ReplayDifference {
  /** Which entry of the trace, counted from 1; one more than there are when the trace was over. */
  readonly entry: number;
  /** What the trace has there; empty when it is the target's turn, or the end. */
  readonly expected: Buffer;
  /** What the host sent; empty when it sent nothing. */
  readonly actual: Buffer;
  /** Both, packet by packet and field by field. */
  readonly text: string;
}

/**
 * Plays the target's side of a recorded trace to a live link. The target's bytes come no earlier than they did, and only when the
 * host has sent everything that the trace has before them. At the first difference it falls silent.
 */
export class Replay {
  readonly #start: number;
  /** The entry that is due, and how much of it the host has sent. */
  #at = 0;
  #sent = 0;
  #difference: ReplayDifference | undefined;
  /** Bytes of the target are due later, or are being taken: what the host sends meanwhile calls for nothing. */
  #waiting = false;

  /** @param deliver takes the target's bytes */
  constructor(
    private readonly trace: readonly TraceEntry[],
    private readonly timers: Timers,
    private readonly deliver: (bytes: Buffer) => void,
  ) {
    this.#start = timers.now();
  }

  /** Begins with what the target says before the host does. */
  start(): void {
    this.#advance();
  }

  /** Bytes of the host. */
  receive(bytes: Uint8Array): void {
    if (this.#difference) return;
    let left = Buffer.from(bytes);
    while (left.length > 0) {
      const entry = this.trace[this.#at];
      if (entry?.direction !== '>') {
        this.#differ(Buffer.alloc(0), left);
        return;
      }
      const due = entry.bytes.subarray(this.#sent, this.#sent + left.length);
      if (!due.equals(left.subarray(0, due.length))) {
        this.#differ(entry.bytes, Buffer.concat([entry.bytes.subarray(0, this.#sent), left]));
        return;
      }
      left = left.subarray(due.length);
      this.#sent += due.length;
      if (this.#sent < entry.bytes.length) return;
      this.#at++;
      this.#sent = 0;
    }
    this.#advance();
  }

  /** True when everything of the trace has passed. */
  get finished(): boolean {
    return this.#at === this.trace.length && !this.#difference;
  }

  /** Undefined as long as there is none. After the host has come to its end, call `end` first. */
  get difference(): ReplayDifference | undefined {
    return this.#difference;
  }

  /** The host sends nothing more: what the trace still has is a difference. */
  end(): ReplayDifference | undefined {
    const entry = this.trace[this.#at];
    if (!this.#difference && entry)
      this.#differ(entry.direction === '>' ? entry.bytes : Buffer.alloc(0), Buffer.alloc(0));
    return this.#difference;
  }

  #advance(): void {
    for (;;) {
      const entry = this.trace[this.#at];
      if (entry?.direction !== '<' || this.#waiting) return;
      const left = this.#start + entry.ms - this.timers.now();
      if (left > 0) {
        this.#waiting = true;
        this.timers.after(left, () => {
          this.#waiting = false;
          this.#advance();
        });
        return;
      }
      // Before it is delivered: the host may answer while it takes it.
      this.#at++;
      this.#waiting = true;
      this.deliver(entry.bytes);
      this.#waiting = false;
    }
  }

  #differ(expected: Buffer, actual: Buffer): void {
    const entry = this.#at + 1;
    const turn = this.trace[this.#at]?.direction === '<' ? 'nothing: it is the target’s turn' : 'nothing: it is over';
    const text = [
      `entry ${entry} of ${this.trace.length} differs`,
      'the trace has',
      ...(expected.length > 0 ? explained(expected) : [`  ${turn}`]),
      'the host sent',
      ...(actual.length > 0 ? explained(actual) : ['  nothing']),
    ].join('\n');
    this.#difference = { entry, expected, actual, text };
  }
}

/** Bytes of the host, as `--explain-trace` shows them. */
function explained(bytes: Buffer): string[] {
  let text = '';
  const way: Direction = '>';
  traceWriter(
    (more) => {
      text += more;
    },
    () => 0,
  )(way, bytes);
  return [...[...explainTrace(text)].map((line) => `  ${line.trimStart()}`), `  ${bytes.toString('hex')}`];
}
