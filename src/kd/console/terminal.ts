import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import { Readable, type Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Sink } from '../../debugging-server/sink.js';
import { splitPrompts } from '../../kd-text/prompt.js';
import { KeyFilter } from './key-filter.js';

/** What a terminal needs of its two ends; a test gives its own. */
export interface TerminalEnds {
  readonly input: Readable & { setRawMode?(on: boolean): unknown };
  readonly output: Writable & { readonly columns?: number };
}

export interface TerminalActions {
  line(text: string): void;
  interrupt(): void;
  ended(): void;
  /** What a word may become, and the word itself. */
  complete(line: string): readonly [readonly string[], string];
}

const HISTORY_LINES = 500;

/**
 * A line editor at a terminal, with history and completion. Whatever kd prints meanwhile goes above the line that is being typed,
 * which is drawn again behind the prompt.
 */
export class Terminal {
  readonly sink: Sink;
  readonly #decoder = new StringDecoder('utf8');
  /** readline reads from here what is not a key of kd. */
  readonly #keys = new Readable({ read() {} });
  /** What stands on the last line of the screen in front of what is typed: a prompt, or a line that has no end yet. */
  #tail = '';
  #lines: Interface | undefined;
  #filter: KeyFilter | undefined;
  #actions: TerminalActions | undefined;
  #gone = false;
  readonly #data = (chunk: Buffer): void => this.#filter?.take(chunk);
  readonly #ended = (): void => this.#actions?.ended();

  constructor(private readonly ends: TerminalEnds) {
    ends.output.on('error', () => {
      this.#gone = true;
      ends.output.emit('drain');
    });
    this.sink = {
      id: 'local',
      write: (bytes) => this.#print(this.#decoder.write(bytes)),
      drained: async () => {
        while (!this.#gone && ends.output.writableNeedDrain)
          await new Promise<void>((resolve) => ends.output.once('drain', resolve));
      },
      end: async () => {},
    };
  }

  start(actions: TerminalActions): void {
    const { input, output } = this.ends;
    this.#actions = actions;
    const lines = createInterface({
      input: this.#keys,
      output,
      terminal: true,
      prompt: '',
      crlfDelay: Number.POSITIVE_INFINITY,
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
      completer: (line: string) => {
        const [found, word] = actions.complete(line);
        return [[...found], word];
      },
    });
    lines.on('line', (text) => {
      // readline has ended the line on the screen.
      this.#tail = '';
      lines.setPrompt('');
      actions.line(text);
    });
    this.#lines = lines;
    this.#filter = new KeyFilter({
      pass: (bytes) => this.#pass(bytes),
      isEmpty: () => lines.line === '',
      waits: (name) => this.#draw(name),
      key: (text) => actions.line(text),
      interrupt: () => actions.interrupt(),
      suspend: () => this.#suspend(),
    });
    input.setRawMode?.(true);
    input.on('data', this.#data).on('end', this.#ended).on('error', this.#ended);
    this.#draw();
  }

  stop(): void {
    const { input, output } = this.ends;
    const lines = this.#lines;
    if (!lines) return;
    if (this.#tail !== '' || lines.line !== '') output.write('\n');
    this.#tail = '';
    this.#lines = undefined;
    lines.close();
    input.off('data', this.#data).off('end', this.#ended).off('error', this.#ended);
    input.setRawMode?.(false);
  }

  // Several letters that come at once are put at the end of the line by readline, wherever the cursor is: there they come singly.
  #pass(bytes: Buffer): void {
    const lines = this.#lines;
    if (!lines || lines.cursor === lines.line.length) this.#keys.emit('data', bytes);
    else for (const byte of bytes) this.#keys.emit('data', Buffer.of(byte));
  }

  /** An empty screen. */
  clear(): void {
    const { output } = this.ends;
    cursorTo(output, 0, 0);
    clearScreenDown(output);
    this.#rowsDrawn(0);
    this.#draw();
  }

  /** What is printed while a prompt stands goes above it; a line that has no end yet goes on. */
  #print(text: string): void {
    if (text === '' || this.#gone) return;
    const above = isPrompt(this.#tail) && !text.startsWith('\n');
    const whole = above ? text : this.#tail + text;
    const end = whole.lastIndexOf('\n') + 1;
    const rest = whole.slice(end);
    this.#erase();
    this.#tail = rest === '' && above ? this.#tail : rest;
    this.ends.output.write(this.#lines ? whole.slice(0, end) : text);
    this.#draw();
  }

  /** Takes what is drawn of the line off the screen. */
  #erase(): void {
    const { output } = this.ends;
    if (!this.#lines) return;
    moveCursor(output, 0, -this.#lines.getCursorPos().rows);
    cursorTo(output, 0);
    clearScreenDown(output);
    this.#rowsDrawn(0);
  }

  /** @param key the name of a key of kd that waits for ENTER */
  #draw(key = ''): void {
    if (!this.#lines) return;
    this.#lines.setPrompt(this.#tail + key);
    this.#lines.prompt(true);
  }

  // readline goes up by as many rows as it drew last. It has no function that says it need not.
  #rowsDrawn(rows: number): void {
    if (this.#lines) (this.#lines as Interface & { prevRows?: number }).prevRows = rows;
  }

  /** CTRL+Z: the shell that has started kd gets its terminal as it was, and kd gets it back. */
  #suspend(): void {
    if (process.platform === 'win32') return;
    const { input } = this.ends;
    input.setRawMode?.(false);
    process.once('SIGCONT', () => {
      if (!this.#lines) return;
      input.setRawMode?.(true);
      this.#rowsDrawn(0);
      this.#draw();
    });
    process.kill(process.pid, 'SIGTSTP');
  }
}

function isPrompt(text: string): boolean {
  const { prompts, rest } = splitPrompts(text);
  return prompts.length > 0 && rest === '';
}
