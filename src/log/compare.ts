import { createReadStream } from 'node:fs';
import readline from 'node:readline';

/** How kd's own log differs from what came through its pipe. Prompts and typed commands, which only kd.log has, do not count. */
export interface LogComparison {
  readonly debugLines: number;
  readonly kdLines: number;
  /** Lines of one file that the other lacks, and the first of them. */
  readonly onlyInDebug: number;
  readonly onlyInKd: number;
  readonly examples: readonly string[];
}

const LOOK_AHEAD = 400;
const EXAMPLES = 5;

/**
 * Compares the two logs line by line, in order, with little memory. Either may have lines that the other lacks.
 * @param clean takes the prompts off a line; a line that is left empty is not compared
 * @param typed whether a line is a command that was typed
 */
export async function compareLogs(
  debugLogs: readonly string[],
  kdLog: string,
  clean: (line: string) => string,
  typed: (line: string) => boolean,
): Promise<LogComparison> {
  const debug = new Window(lines(debugLogs, clean, () => false));
  const kd = new Window(lines([kdLog], clean, typed));
  const only = { debug: 0, kd: 0 };
  const examples: string[] = [];
  const note = (where: 'debug' | 'kd', line: string): void => {
    only[where]++;
    if (examples.length < EXAMPLES) examples.push(`only in ${where === 'kd' ? 'kd.log' : 'debug.log'}: ${line}`);
  };
  while (true) {
    const [left, right] = [await debug.peek(0), await kd.peek(0)];
    if (left === undefined && right === undefined) break;
    if (left === right) {
      debug.drop();
      kd.drop();
    } else if (right === undefined || (left !== undefined && (await nearer(debug, kd, left, right)))) {
      note('debug', left as string);
      debug.drop();
    } else {
      note('kd', right);
      kd.drop();
    }
  }
  return { debugLines: debug.taken, kdLines: kd.taken, onlyInDebug: only.debug, onlyInKd: only.kd, examples };
}

// Whether debug.log's line is the one to skip: its partner line in kd.log is not near, or kd.log's partner is nearer.
async function nearer(debug: Window, kd: Window, left: string, right: string): Promise<boolean> {
  for (let ahead = 1; ahead <= LOOK_AHEAD; ahead++) {
    const [a, b] = [await debug.peek(ahead), await kd.peek(ahead)];
    if (a === right) return true;
    if (b === left) return false;
    if (a === undefined && b === undefined) break;
  }
  return true;
}

class Window {
  taken = 0;
  readonly #ahead: string[] = [];
  constructor(private readonly source: AsyncIterator<string>) {}

  async peek(index: number): Promise<string | undefined> {
    while (this.#ahead.length <= index) {
      const next = await this.source.next();
      if (next.done) return undefined;
      this.#ahead.push(next.value);
    }
    return this.#ahead[index];
  }

  drop(): void {
    this.#ahead.shift();
    this.taken++;
  }
}

async function* lines(
  files: readonly string[],
  clean: (line: string) => string,
  skip: (line: string) => boolean,
): AsyncGenerator<string> {
  for (const file of files) {
    const input = createReadStream(file, { encoding: 'latin1' });
    for await (const raw of readline.createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const line = clean(raw).trim();
      if (line !== '' && !skip(line)) yield line;
    }
  }
}
