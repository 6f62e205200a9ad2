import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What is told of a terminal: each key as it is pressed, and those that the terminal would have made signals of. */
export interface KeyHandlers {
  /** One character; `enter` for Enter. */
  key(key: string): void;
  /** Ctrl+C. */
  interrupt(): void;
}

const CTRL_C = '\x03';
const CTRL_Z = '\x1a';
const CTRL_BACKSLASH = '\x1c';
/** Keys that come in one piece where this program was busy for a moment. */
const MOST_TYPED = 8;

/**
 * The keys of this program's terminal, one by one. The terminal is as it was before at every end of this program, while it is
 * stopped, and while it runs in the background: there nothing is read, which would stop it.
 */
export class SessionKeyboard {
  #raw = false;
  #over = false;
  readonly #onData = (bytes: Buffer): void => this.#take(bytes.toString('latin1'));
  readonly #onContinue = (): void => this.#begin();
  readonly #restore = (): void => this.#end();

  constructor(
    private readonly handlers: KeyHandlers,
    private readonly terminal: NodeJS.ReadStream = process.stdin,
  ) {
    if (!terminal.isTTY) return;
    // A terminal that is closed is told by a hang-up.
    terminal.on('error', nothing);
    process.on('exit', this.#restore);
    if (process.platform !== 'win32') process.on('SIGCONT', this.#onContinue);
    this.#begin();
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#end();
    process.off('exit', this.#restore);
    process.off('SIGCONT', this.#onContinue);
    // A terminal that stays open would keep the program alive.
    this.terminal.unref?.();
  }

  #begin(): void {
    if (this.#over || !isInForeground()) return;
    // A shell that takes a job back sets its own modes: they are set anew after every stop.
    if (this.#raw) this.#end();
    if (!this.#setRaw(true)) return;
    this.#raw = true;
    this.terminal.on('data', this.#onData);
    this.terminal.resume();
  }

  #end(): void {
    if (!this.#raw) return;
    this.#raw = false;
    this.terminal.off('data', this.#onData);
    this.terminal.pause();
    this.#setRaw(false);
  }

  #setRaw(raw: boolean): boolean {
    try {
      this.terminal.setRawMode(raw);
      return true;
    } catch {
      // It has gone.
      return false;
    }
  }

  #take(text: string): void {
    // An arrow or a function key comes as one piece, and is none of ours.
    if (text.startsWith('\x1b')) return;
    // Nobody types so fast: what was pasted into the wrong window must not touch a target. Ctrl+C counts all the same.
    const pasted = text.length > MOST_TYPED;
    for (const character of text) {
      if (character === CTRL_C) this.handlers.interrupt();
      else if (character === CTRL_Z) this.#signal('SIGTSTP');
      else if (character === CTRL_BACKSLASH) this.#signal('SIGQUIT');
      else if (!pasted) this.handlers.key(character === '\r' || character === '\n' ? 'enter' : character);
    }
  }

  // As the terminal itself would: to everybody who runs in its foreground.
  #signal(signal: NodeJS.Signals): void {
    if (process.platform === 'win32') return;
    this.#end();
    process.kill(0, signal);
  }
}

/** Whether the terminal's keys are for this program: a program in the background that reads them is stopped. */
function isInForeground(): boolean {
  if (process.platform === 'win32') return true;
  const [group, foreground] = groups();
  return foreground === undefined || group === foreground;
}

/** The process group of this program and that of its terminal's foreground; nothing where that cannot be seen. */
function groups(): readonly number[] {
  try {
    if (process.platform === 'linux') {
      // Behind the name, which may have blanks: state, parent, group, session, terminal, the terminal's foreground group.
      const fields = readFileSync('/proc/self/stat', 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      const [group, foreground] = [Number(fields[2]), Number(fields[5])];
      // Without a terminal of its own nothing stops it.
      return foreground > 0 ? [group, foreground] : [];
    }
    const { stdout } = spawnSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], { encoding: 'utf8' });
    const numbers = stdout.trim().split(/\s+/).map(Number);
    return numbers.length === 2 ? numbers : [];
  } catch {
    return [];
  }
}

function nothing(): void {}
