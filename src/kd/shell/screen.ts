import { closeSync, openSync, writeSync } from 'node:fs';
import { messageOf } from '../../fault.js';

/** Who gets a text. */
export interface Readers {
  readonly only?: string;
  readonly except?: string;
}

/** Where kd prints: its standard output, and its own log file. */
export class Screen {
  #log: { readonly file: string; readonly descriptor: number } | undefined;
  /** False after something that has no line end yet, e.g. a prompt. */
  #atLineStart = true;

  constructor(private readonly out: (text: string, to: Readers) => void) {}

  /** @param to who of those that read kd's output gets it: everybody, only one, all but one */
  print(text: string, to: Readers = {}): void {
    if (text === '') return;
    this.#atLineStart = text.endsWith('\n');
    this.out(text, to);
    this.#toLog(text);
  }

  line(text = ''): void {
    this.print(`${text}\n`);
  }

  lines(texts: readonly string[]): void {
    for (const text of texts) this.line(text);
  }

  /** A line was typed here and is read now: whoever typed it has seen it, the log has not. */
  typed(text: string): void {
    this.#atLineStart = true;
    this.#toLog(`${text}\n`);
  }

  /** A line was typed by a client of the shared pipe: everybody else is shown it with its author. */
  typedBy(client: string, text: string): void {
    this.print(`[${client}] ${text}\n`, { except: client });
  }

  /** Ends a line that is still open. */
  freshLine(): void {
    if (!this.#atLineStart) this.line();
  }

  /** Opens kd's log; says why when that fails. */
  openLog(file: string, append: boolean): void {
    this.closeLog();
    try {
      this.#log = { file, descriptor: openSync(file, append ? 'a' : 'w') };
      this.line(`Opened log file '${file}'`);
    } catch (error) {
      this.line(`Unable to open log file '${file}': ${messageOf(error)}`);
    }
  }

  closeLog(): void {
    if (!this.#log) return;
    const { file, descriptor } = this.#log;
    this.line(`Closing open log file ${file}`);
    this.#log = undefined;
    closeSync(descriptor);
  }

  // The log is small and must survive whatever happens to this process: every text is with the system when print returns.
  #toLog(text: string): void {
    if (!this.#log) return;
    try {
      writeSync(this.#log.descriptor, text);
    } catch (error) {
      const { file } = this.#log;
      this.#log = undefined;
      this.out(`The log file ${file} cannot be written any more: ${messageOf(error)}\n`, {});
    }
  }
}
