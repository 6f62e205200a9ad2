import { createReadStream } from 'node:fs';

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
/** A line that goes on behind so many characters is compared in pieces: a target may print one without an end. */
const LONGEST_LINE = 16_384;

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
    await debug.fill(LOOK_AHEAD + 1);
    await kd.fill(LOOK_AHEAD + 1);
    const [left, right] = [debug.at(0), kd.at(0)];
    if (left === undefined && right === undefined) break;
    if (left === right) {
      debug.drop();
      kd.drop();
    } else if (right === undefined || (left !== undefined && nearer(debug, kd, left, right))) {
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
function nearer(debug: Window, kd: Window, left: string, right: string): boolean {
  for (let ahead = 1; ahead <= LOOK_AHEAD; ahead++) {
    const [a, b] = [debug.at(ahead), kd.at(ahead)];
    if (a === right) return true;
    if (b === left) return false;
    if (a === undefined && b === undefined) break;
  }
  return true;
}

/** The next lines of a log, some of them read ahead. */
class Window {
  taken = 0;
  #lines: string[] = [];
  #first = 0;
  #over = false;
  constructor(private readonly source: AsyncIterator<readonly string[]>) {}

  /** Reads until so many lines are there, or the log ends. */
  async fill(count: number): Promise<void> {
    while (!this.#over && this.#lines.length - this.#first < count) {
      const next = await this.source.next();
      if (next.done) {
        this.#over = true;
        return;
      }
      this.#lines = [...this.#lines.slice(this.#first), ...next.value];
      this.#first = 0;
    }
  }

  at(index: number): string | undefined {
    return this.#lines[this.#first + index];
  }

  drop(): void {
    this.#first++;
    this.taken++;
  }
}

/** The lines of files that are to be compared, as many at a time as come of one piece of a file. */
async function* lines(
  files: readonly string[],
  clean: (line: string) => string,
  skip: (line: string) => boolean,
): AsyncGenerator<readonly string[]> {
  for (const file of files)
    for await (const raw of rawLines(file))
      yield raw.map((line) => clean(line).trim()).filter((line) => line !== '' && !skip(line));
}

/** Lines end in LF, CR or CRLF. */
async function* rawLines(file: string): AsyncGenerator<string[]> {
  let rest = '';
  for await (const piece of createReadStream(file, { encoding: 'latin1' }) as AsyncIterable<string>) {
    const all = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = all.pop() ?? '';
    for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) all.push(rest.slice(0, LONGEST_LINE));
    yield all.flatMap(pieces);
  }
  yield [rest];
}

function pieces(line: string): string[] {
  if (line.length <= LONGEST_LINE) return [line];
  const count = Math.ceil(line.length / LONGEST_LINE);
  return Array.from({ length: count }, (_, i) => line.slice(i * LONGEST_LINE, (i + 1) * LONGEST_LINE));
}
