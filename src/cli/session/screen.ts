import type { SessionRecord } from '../../session/records.js';
import type { SessionStatus } from '../../session/status.js';
import { printLine } from '../json-records.js';
import { rowsOf, wrap } from '../terminal-text.js';
import { sentence, statusLine } from './view.js';

const TERMINAL_MS = 250;
const HEARTBEAT_MS = 30_000;

// A terminal that knows no width says 0.
const columns = (): number => process.stderr.columns || 80;

/** Shows a session: one live status line at a terminal, plain lines with a heartbeat into a pipe, NDJSON where asked. */
export class SessionScreen {
  /** The status line that stands on the terminal now. */
  #shown: string | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #resized = (): void => this.#clear();

  constructor(
    private readonly json: boolean,
    private readonly status: () => SessionStatus | undefined,
  ) {
    this.#timer = setInterval(() => this.#beat(), process.stderr.isTTY ? TERMINAL_MS : HEARTBEAT_MS);
    process.stderr.on('resize', this.#resized);
  }

  record(record: SessionRecord): void {
    if (this.json) printLine(record);
    const line = sentence(record);
    if (line) this.say(line);
  }

  /** A line that stays, above the status line. */
  say(line: string): void {
    this.#clear();
    process.stderr.write(`${process.stderr.isTTY ? wrap(line, columns()) : line}\n`);
    if (process.stderr.isTTY) this.#beat();
  }

  close(): void {
    clearInterval(this.#timer);
    process.stderr.off('resize', this.#resized);
    this.#clear();
  }

  // A status line that cannot be made up is left out: it must not end a session.
  #beat(): void {
    try {
      const status = this.status();
      if (status) this.#show(status);
    } catch {
      this.#shown = undefined;
    }
  }

  #show(status: SessionStatus): void {
    if (process.stderr.isTTY) {
      const line = statusLine(status, columns());
      process.stderr.write(`\r\x1b[K${line}`);
      this.#shown = line;
    } else {
      process.stderr.write(`${statusLine(status, 400)}\n`);
    }
  }

  // A terminal that has become narrower has broken the line over several rows.
  #clear(): void {
    if (this.#shown !== undefined) {
      const above = rowsOf(this.#shown, columns()) - 1;
      process.stderr.write(`\r${above > 0 ? `\x1b[${above}A` : ''}\x1b[J`);
    }
    this.#shown = undefined;
  }
}
