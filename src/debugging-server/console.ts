import type { Sink } from './sink.js';

/** Everyone who sees what kd prints, and how it reaches them: encoding, line ends, history, kd's own log. */
export class Console {
  readonly #sinks = new Map<string, Sink>();
  #log: Sink | undefined;
  #history: Buffer[] = [];
  #historySize = 0;
  /** Bytes that kd printed so far, counted once however many read them. */
  bytesOut = 0;

  constructor(
    private readonly shape: { readonly crlf: boolean; readonly oem: boolean; readonly historyBytes: number },
  ) {}

  /** Adds a reader; gives the function that takes it away again. */
  add(sink: Sink): () => void {
    this.#sinks.set(sink.id, sink);
    return () => void this.#sinks.delete(sink.id);
  }

  get log(): Sink | undefined {
    return this.#log;
  }

  /** Sets or takes away kd's own log file. */
  logTo(sink: Sink | undefined): void {
    this.#log = sink;
  }

  /** Closes kd's own log file, if there is one; resolves when all of it is on disk. */
  async closeLog(): Promise<void> {
    const log = this.#log;
    this.#log = undefined;
    await log?.end();
  }

  /** Bytes as this kd prints them. */
  encode(text: string): Buffer {
    const lines = this.shape.crlf ? text.replaceAll('\n', '\r\n') : text;
    return Buffer.from(lines, this.shape.oem ? 'latin1' : 'utf8');
  }

  /** Prints text to everyone, or only to (or to all but) one reader. */
  print(text: string, to: { readonly only?: string; readonly except?: string } = {}): void {
    if (text !== '') this.printBytes(this.encode(text), to);
  }

  line(text: string): void {
    this.print(`${text}\n`);
  }

  printBytes(bytes: Buffer, to: { readonly only?: string; readonly except?: string } = {}): void {
    this.bytesOut += bytes.length;
    this.#remember(bytes);
    this.#log?.write(bytes);
    for (const sink of this.#sinks.values()) {
      if ((to.only === undefined || sink.id === to.only) && sink.id !== to.except) sink.write(bytes);
    }
  }

  /** A command enters kd's log behind its prompt; nobody's screen shows it, since nothing echoes on a pipe. */
  logCommand(text: string): void {
    this.#log?.write(this.encode(`${text}\n`));
  }

  /** Resolves once every reader can take more. */
  async drained(): Promise<void> {
    for (const sink of this.#sinks.values()) await sink.drained();
    await this.#log?.drained();
  }

  /** What was printed so far, as far back as kd remembers, or only its last lines. */
  history(lines?: number): Buffer {
    const all = Buffer.concat(this.#history);
    if (lines === undefined) return all;
    if (lines === 0) return Buffer.alloc(0);
    let at = all.length;
    for (let left = lines; left >= 0 && at > 0; left--) at = all.lastIndexOf(0x0a, at - 1);
    return all.subarray(at + 1);
  }

  #remember(bytes: Buffer): void {
    this.#history.push(bytes);
    this.#historySize += bytes.length;
    while (this.#historySize > this.shape.historyBytes && this.#history.length > 1) {
      this.#historySize -= this.#history.shift()?.length ?? 0;
    }
  }
}
