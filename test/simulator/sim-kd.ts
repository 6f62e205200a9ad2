import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Books } from '../../src/simulator/kd/target/statistics.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const PATIENCE_MS = 10_000;

/** A real process of the simulated kd (or of a client), read and typed to over pipes. */
export class SimKd {
  /** Everything printed so far. */
  output = '';
  readonly chunks: Buffer[] = [];
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #from = 0;
  #look: (() => void) | undefined;

  constructor(readonly child: ChildProcess) {
    const decoder = new TextDecoder('utf-8');
    child.stdout?.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.output += decoder.decode(chunk, { stream: true });
      this.#look?.();
    });
    child.stdin?.on('error', () => {});
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve({ code, signal });
        this.#look?.();
      });
    });
  }

  /** Resolves with what was printed since the last call up to and including the match; fails when kd ends without it. */
  async until(text: string | RegExp): Promise<string> {
    const pattern = typeof text === 'string' ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : text;
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        this.#look = undefined;
        reject(new Error(`${why} before ${pattern}:\n${this.output.slice(this.#from)}`));
      };
      const timer = setTimeout(() => fail('nothing more came'), PATIENCE_MS);
      this.#look = () => {
        const found = pattern.exec(this.output.slice(this.#from));
        const over = this.child.exitCode !== null || this.child.signalCode !== null;
        if (!found && !over) return;
        clearTimeout(timer);
        if (!found) return fail('kd ended');
        this.#look = undefined;
        const end = this.#from + found.index + found[0].length;
        const seen = this.output.slice(this.#from, end);
        this.#from = end;
        resolve(seen);
      };
      this.#look();
    });
  }

  /** What was printed and not yet looked for. */
  get rest(): string {
    return this.output.slice(this.#from);
  }

  type(...lines: string[]): void {
    this.child.stdin?.write(lines.map((line) => `${line}\n`).join(''));
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** The prompt of a two-processor target, at the end of what was printed. */
export const PROMPT = /\d: kd> $/;
export const BREAK = '\x06';
export const QUIT = '\x02';
/** The header of a stack of x64: what kd prints first of a hit. */
export const HIT = /RetAddr {15}: Args to Child {59}: Call Site\n/;
export const ARM = 'bp nt!MmAllocateSpecialPool ";kb;g"';

/** A target with its books and pipes in a folder of their own; every kd started here debugs this same target. */
export class Bench {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'sim-'));
  readonly booksFile = path.join(this.folder, 'books.json');
  readonly #started: SimKd[] = [];

  constructor(readonly scenario = 'fast') {}

  /** Starts kd on the target; `args` come after the transport. */
  kd(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): SimKd {
    const server = args.indexOf('-server');
    const first = server === 0 ? args.slice(0, 2) : [];
    return this.run([...first, '-k', 'com:port=com1,baud=115200', ...args.slice(first.length)], env);
  }

  /** A client of the debugging server `pipe`. */
  client(pipe: string, ...args: string[]): SimKd {
    return this.run(['-remote', `npipe:server=.,pipe=${pipe}`, ...args]);
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): SimKd {
    const child = spawn(process.execPath, [MAIN, 'simulate', 'kd', ...args], {
      cwd: this.folder,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        LIVEDEBUG_SIM_SCENARIO: this.scenario,
        LIVEDEBUG_SIM_BOOKS: this.booksFile,
        LIVEDEBUG_PIPE_DIR: path.join(this.folder, 'p'),
        ...env,
      },
    });
    const kd = new SimKd(child);
    this.#started.push(kd);
    return kd;
  }

  books(): Books {
    return JSON.parse(readFileSync(this.booksFile, 'utf8')) as Books;
  }

  /** Resolves when the books say so; fails when they do not come to it. */
  async untilBooks(holds: (books: Books) => boolean): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    while (!holds(this.books())) {
      if (Date.now() > until) throw new Error(`the books do not come to it:\n${JSON.stringify(this.books(), null, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Resumes the target, sees it run, and leaves with CTRL+B, which would overtake a `g` that is still queued. */
  async leave(kd: SimKd): Promise<void> {
    kd.type('g');
    await this.untilBooks((books) => books.target.state === 'running');
    kd.type(QUIT);
    await kd.ended;
  }

  /** The clean way out: break in, `bc *`, `g`, CTRL+B. */
  async release(kd: SimKd): Promise<void> {
    kd.type(BREAK);
    await kd.until(/THIS IS NOT A BUG[\s\S]*kd> $/);
    kd.type('bc *', '.echo cleared');
    await kd.until(/cleared\n[^\n]*kd> $/);
    await this.leave(kd);
  }

  /** Violations by kind. */
  violations(): string[] {
    return this.books().violations.map((violation) => violation.kind);
  }

  async close(): Promise<void> {
    for (const kd of this.#started) kd.signal('SIGKILL');
    await Promise.all(this.#started.map((kd) => kd.ended));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Breaks in at once when connected, and waits for the prompt. */
export async function connectAndBreak(kd: SimKd, prompt = PROMPT): Promise<void> {
  await kd.until('connection established.');
  kd.type(BREAK);
  await kd.until(prompt);
}
