import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConsoleProgram } from './console.js';
import { imagesOf, type Laboratory } from './laboratory.js';
import { type PrintedStack, printedStacks } from './stacks.js';

/** What `report --json` says, as far as these tests look at it. */
export interface Report {
  readonly hits: number;
  readonly cut: number;
  readonly repeats: number;
  readonly allocations: number;
  readonly frees: number;
  readonly ambiguous: number;
  readonly bytes: { readonly from: string } | null;
  readonly outstanding: { readonly tracked: number } | null;
  readonly stacks: readonly {
    readonly count: number;
    readonly cut: number;
    readonly driver: string | null;
    readonly bytes: number;
    readonly sized: number;
    readonly outstanding: { readonly count: number; readonly bytes: number } | null;
  }[];
}

export type SessionEvent = Readonly<Record<string, unknown>> & { readonly event: string };

let sessions = 0;

/** A session of the product in a laboratory, with Microsoft's engine as its kd. */
export class Session {
  readonly pipe = `session-${process.pid}-${++sessions}`;
  readonly program: ConsoleProgram;
  readonly #directory: string;

  /**
   * @param words behind those that every session has
   * @param command `start`, or `attach` to a debugging server that is there
   */
  constructor(
    private readonly lab: Laboratory,
    words: readonly string[],
    options: { readonly symbols?: string; readonly pipe?: string; readonly command?: 'start' | 'attach' } = {},
  ) {
    if (options.pipe) this.pipe = options.pipe;
    this.#directory = path.join(lab.folder, `run-${sessions}`);
    const { command = 'start', symbols = imagesOf(lab.architecture) } = options;
    const wired = command === 'start' ? ['--port', lab.place, '--symbols', symbols] : [];
    const fixed = ['--kd', lab.kdProgram, '--tag', 'Ddk', '--pipe', this.pipe, '--run-dir', this.#directory];
    this.program = lab.livedebug([command, ...fixed, ...wired, ...words]);
    lab.onClose(() => this.#endKd());
  }

  /** What has been printed so far. */
  get text(): string {
    return this.program.text;
  }

  get log(): string {
    return this.#file('debug.log').replaceAll('\r\n', '\n');
  }

  /** Every stack of the log, read by these tests' own rules. */
  get stacks(): readonly PrintedStack[] {
    return printedStacks(this.log);
  }

  get record(): Readonly<Record<string, unknown>> & { readonly kd: { readonly pid: number } } {
    return JSON.parse(this.#file('run.json')) as ReturnType<() => Session['record']>;
  }

  events(kind: string): SessionEvent[] {
    const lines = this.#file('events.ndjson').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as SessionEvent).filter(({ event }) => event === kind);
  }

  /** How the session ended, in its own words; undefined while it lasts. */
  get result(): SessionEvent | undefined {
    return this.events('result')[0];
  }

  async report(): Promise<Report> {
    const words = ['report', path.join(this.#directory, 'debug.log'), '--json'];
    return JSON.parse(await this.lab.finished(words)) as Report;
  }

  // A kd outlives a session that is killed, and so it does one that cannot free the target.
  #endKd(): void {
    try {
      process.kill(this.record.kd.pid, 'SIGKILL');
    } catch {
      // It is gone, as it should be, or it never was.
    }
  }

  #file(name: string): string {
    return readFileSync(path.join(this.#directory, name), 'latin1');
  }
}

/** Of a report, how many hits each driver has; hits that have none, such as those cut before its frame, are left out. */
export function hitsByDriver({ stacks }: Report): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { driver, count } of stacks) if (driver?.match(/^\w/)) sum[driver] = (sum[driver] ?? 0) + count;
  return sum;
}

/** The same from the stacks themselves: the innermost module that is not the kernel. */
export function driversOf(stacks: readonly PrintedStack[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { functions } of stacks) {
    const driver = functions.map((name) => name.split('!')[0] ?? '').find((name) => name !== 'nt');
    if (driver !== undefined) sum[driver] = (sum[driver] ?? 0) + 1;
  }
  return sum;
}
