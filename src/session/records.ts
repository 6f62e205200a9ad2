import { closeSync, openSync, writeSync } from 'node:fs';
import { redactedJson } from '../debugger/redact.js';
import { messageOf } from '../fault.js';

// The records of a session: numbered, written to events.ndjson, passed to listeners. Their schemas are in cli/.

/** One line of events.ndjson and of `--json`. */
export interface SessionRecord {
  readonly v: 1;
  readonly run: string;
  readonly seq: number;
  /** Wall clock, ISO 8601. */
  readonly at: string;
  /** Monotonic milliseconds since the session began. */
  readonly mono_ms: number;
  readonly event: string;
  readonly [detail: string]: unknown;
}

/** Numbers the records of a session, writes them to events.ndjson and passes them on. */
export class Records {
  readonly #descriptor: number;
  #sequence = 0;
  readonly #listeners = new Set<(record: SessionRecord) => void>();
  readonly #failed = new Set<(record: SessionRecord) => void>();

  constructor(
    file: string,
    private readonly run: string,
    private readonly clock: () => number,
  ) {
    this.#descriptor = openSync(file, 'a', 0o600);
  }

  listen(listener: (record: SessionRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(event: string, detail: Readonly<Record<string, unknown>> = {}): SessionRecord {
    const record: SessionRecord = {
      ...detail,
      v: 1,
      run: this.run,
      seq: ++this.#sequence,
      at: new Date().toISOString(),
      mono_ms: Math.round(this.clock()),
      event,
    };
    try {
      writeSync(this.#descriptor, `${redactedJson(record)}\n`);
    } catch {
      // A full disk ends the session by way of debug.log; a lost record must not end it before the release.
    }
    for (const listener of this.#listeners) this.#pass(listener, record);
    return record;
  }

  // Who shows, serves or counts never decides over the session: what fails there is told once, and the session goes on.
  #pass(listener: (record: SessionRecord) => void, record: SessionRecord): void {
    try {
      listener(record);
    } catch (error) {
      if (this.#failed.has(listener)) return;
      this.#failed.add(listener);
      this.add('not-shown', { what: record.event, message: messageOf(error) });
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
