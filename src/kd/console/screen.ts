import { messageOf } from '../../fault.js';
import { KdLogFile, type KdLogOptions } from './log-file.js';

/** Who gets a text. */
export interface Readers {
  readonly only?: string;
  readonly except?: string;
}

/** Where kd prints: its standard output, and its own log file. */
export class Screen {
  #log: KdLogFile | undefined;
  /** False after something that has no line end yet, e.g. a prompt. */
  #atLineStart = true;

  /** @param clear empties the screen of whoever sits here, where there is one */
  constructor(
    private readonly out: (text: string, to: Readers) => void,
    readonly clear: () => void = () => {},
  ) {}

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

  /** The log that is open. */
  get log(): KdLogFile | undefined {
    return this.#log;
  }

  /** Opens kd's log; says why when that fails. */
  openLog(file: string, options: KdLogOptions): void {
    this.closeLog();
    try {
      this.#log = new KdLogFile(file, options);
      this.line(`Opened log file '${this.#log.file}'`);
    } catch (error) {
      this.line(`Unable to open log file '${file}': ${messageOf(error)}`);
    }
  }

  /** @returns false when none is open */
  closeLog(): boolean {
    const log = this.#log;
    if (!log) return false;
    this.line(`Closing open log file ${log.file}`);
    this.#log = undefined;
    log.close();
    return true;
  }

  #toLog(text: string): void {
    const log = this.#log;
    try {
      log?.write(text);
    } catch (error) {
      this.#log = undefined;
      this.out(`The log file ${log?.file} cannot be written any more: ${messageOf(error)}\n`, {});
    }
  }
}
