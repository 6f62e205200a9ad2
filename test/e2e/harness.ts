import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { RECORD } from '../../src/cli/record-schema.js';
import { endSupervisedKd } from '../../src/debugger/supervised-kd.js';
import { supervisorPipe } from '../../src/session/run-directory.js';
import { BUILTIN, BuiltinTarget } from './builtin-target.js';
import type { Deed } from './deeds.js';
import { MAIN, Run, WINDOWS } from './run.js';
import { Terminal } from './terminal.js';

export { type Run, WINDOWS } from './run.js';

/** For tests in which the platform has no part: the Windows tier leaves them out, since each takes it 10 s. */
export const portable = it.skipIf(process.env.LIVEDEBUG_TEST_PORTABLE === 'skip');

export interface Books {
  readonly halted_ms: number;
  readonly breaks: number;
  readonly hits: number;
  /** Kept by the simulated kd only. */
  readonly hits_by_driver?: Readonly<Record<string, number>>;
  readonly command_log: readonly string[];
  readonly violations: readonly { kind: string; text: string }[];
  readonly target: { readonly state: string; readonly breakpoints: number; readonly pool_hit_tag: number };
}

/** Longer than anything takes on a loaded machine; a test with a shorter time-out fails by that. */
const UNTIL_MS = 60_000;

let laptops = 0;

/** A laptop of its own: home, pipes, books and working folder, gone afterwards. Its paths have blanks. */
export class Laptop {
  // The named pipes of Windows are the whole computer's, and other laptops are at work on it.
  readonly pipe = `e2e-${process.pid}-${++laptops}`;
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'lap top '));
  readonly home = path.join(this.folder, 'home');
  readonly booksFile = path.join(this.folder, 'books.json');
  readonly #runs: Run[] = [];
  readonly #target = new BuiltinTarget(this.folder, this.pipe, this.booksFile);
  #deed: Promise<void> | undefined;

  run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
    const translated = BUILTIN ? this.#target.translate(words, env) : { words };
    const { words: args, target, deed } = translated;
    if (target) this.run(target);
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: this.folder,
      env: { ...this.#environment(), ...translated.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const run = new Run(child, () => args[0] === 'kd' && this.#target.kills.add(false));
    this.#runs.push(run);
    if (deed) this.#begin(deed, run);
    return run;
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      LIVEDEBUG_HOME: this.home,
      LIVEDEBUG_PIPE: this.pipe,
      LIVEDEBUG_PIPE_DIR: path.join(this.folder, 'p'),
      LIVEDEBUG_SIM_BOOKS: this.booksFile,
      // Nobody's own settings.
      XDG_CONFIG_HOME: this.home,
      APPDATA: this.home,
    };
  }

  /** A shell's command at a terminal of its own. */
  terminal(line: string, columns = 80): Terminal {
    const terminal = Terminal.open(line, { cwd: this.folder, env: this.#environment(), columns });
    this.#runs.push(terminal);
    return terminal;
  }

  /** The trouble of a scenario that no simulated target makes by itself. */
  #begin(deed: Deed, session: Run): void {
    const ended = session.ended.then((): never => {
      throw new Error(`the session ended before its trouble came:\n${session.err}`);
    });
    ended.catch(() => undefined);
    this.#deed = deed({
      books: () => this.#target.target(),
      until: (holds) => Promise.race([this.until(holds), ended]),
      signalKd: (signal) => this.signalKd(signal, true),
      colleague: () => this.run(['kd', '-remote', `npipe:server=localhost,pipe=${this.pipe}`]),
    });
    this.#deed.catch(() => undefined);
  }

  /** Fails unless what the scenario is about has really happened; the simulated kd sees to it by itself. */
  async troubled(): Promise<void> {
    await this.#deed;
  }

  /** @param byScenario it is the trouble that the test is about, and no violation of anybody's */
  signalKd(signal: NodeJS.Signals, byScenario = false): void {
    const { kd } = this.record() as { kd: { pid: number } };
    if (signal === 'SIGKILL') this.#target.kills.add(byScenario);
    process.kill(kd.pid, signal);
  }

  /** Another program takes the serial port of the scenario `port-busy`. */
  async holdPort(): Promise<void> {
    if (BUILTIN) await this.#target.holdPort();
  }

  /** `start` on a scenario of the simulated kd. */
  start(scenario: string, ...more: string[]): Run {
    return this.run([
      'start',
      '--tag',
      'Ddk',
      '--kd',
      `sim:${scenario}`,
      '--port',
      'com1',
      '--baud',
      '115200',
      ...more,
    ]);
  }

  /** The run directory of the only (or the last) session. */
  runDirectory(): string {
    const runs = path.join(this.home, 'runs');
    return path.join(runs, readdirSync(runs).sort().at(-1) ?? '');
  }

  log(): string {
    return readFileSync(path.join(this.runDirectory(), 'debug.log'), 'latin1');
  }

  record(): Record<string, unknown> {
    return JSON.parse(readFileSync(path.join(this.runDirectory(), 'run.json'), 'utf8')) as Record<string, unknown>;
  }

  events(): Record<string, unknown>[] {
    return readFileSync(path.join(this.runDirectory(), 'events.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  books(): Books {
    if (BUILTIN) return this.#target.books(this.#kdLog());
    return JSON.parse(readFileSync(this.booksFile, 'utf8')) as Books;
  }

  /** What the session's kd has logged so far; undefined where there is no session. */
  #kdLog(): string | undefined {
    const runs = path.join(this.home, 'runs');
    const file =
      existsSync(runs) && readdirSync(runs).length > 0 ? path.join(this.runDirectory(), 'kd.log') : undefined;
    return file !== undefined && existsSync(file) ? readFileSync(file, 'latin1') : undefined;
  }

  /** Frees the target of a session that was killed: on Windows its supervisor does so by itself, elsewhere an operator does. */
  async rescued(...more: string[]): Promise<void> {
    if (WINDOWS) {
      await this.until(() => this.books().target.state === 'running' && this.books().target.breakpoints === 0);
      return;
    }
    const rescue = this.run(['rescue', '--kd', 'sim', ...more]);
    expect(await rescue.ended, rescue.err).toBe(0);
  }

  /** Resolves when the condition holds; fails, with everything that is known of the laptop, when it does not for too long. */
  async until(holds: () => boolean, limitMs = UNTIL_MS): Promise<void> {
    const since = performance.now();
    while (!existsSync(this.booksFile) || !holdsNow(holds)) {
      if (performance.now() - since > limitMs) throw new Error(`never came true: ${holds}\n${this.#everything()}`);
      await pause(20);
    }
  }

  #everything(): string {
    const files = existsSync(this.folder) ? readdirSync(this.folder, { recursive: true, encoding: 'utf8' }) : [];
    const told = files
      .filter((name) => /\.(log|json|ndjson)$/.test(name))
      .map((name) => `--- ${name}\n${readFileSync(path.join(this.folder, name), 'utf8').slice(-2000)}`);
    return [...this.#runs.map((run) => `--- run\n${run.err}\n${run.out}`), ...told].join('\n');
  }

  /** The target was treated as the laws demand: it runs, nothing is left in it, and its books have no complaint. */
  expectFree(): void {
    const { violations, target } = this.books();
    expect(violations).toEqual([]);
    expect(target).toMatchObject({ state: 'running', breakpoints: 0, pool_hit_tag: 0 });
    this.#expectRecords();
  }

  // Whoever reads them by a program relies on the schema.
  #expectRecords(): void {
    const runs = path.join(this.home, 'runs');
    for (const name of existsSync(runs) ? readdirSync(runs) : []) {
      const file = path.join(runs, name, 'events.ndjson');
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      // A session that still runs, or was killed, has a last line that may be cut.
      for (const line of text.split('\n').slice(0, -1))
        expect(RECORD.safeParse(JSON.parse(line)).error, line).toBe(undefined);
    }
  }

  async close(): Promise<void> {
    for (const run of this.#runs)
      if (run.child.exitCode === null && run.child.signalCode === null) run.signal('SIGKILL');
    await Promise.all(this.#runs.map((run) => run.ended));
    await this.#endKds();
    await this.#target.close();
    // Windows holds the folder until the last process that works in it has gone, a rescue among them.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  }

  // A kd that outlived its session on purpose is known by the books or by its run.json.
  async #endKds(): Promise<void> {
    const pids = new Set<number>();
    const runs = path.join(this.home, 'runs');
    for (const name of existsSync(runs) ? readdirSync(runs) : []) {
      const file = path.join(runs, name, 'run.json');
      if (!existsSync(file)) continue;
      const record = JSON.parse(readFileSync(file, 'utf8')) as { pid?: number; kd?: { pid?: number } };
      for (const pid of [record.pid, record.kd?.pid]) if (pid !== undefined) pids.add(pid);
      if (WINDOWS) await endSupervisedKd(supervisorPipe(name));
    }
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It is gone, as it should be.
      }
    }
  }
}

// A file may be looked at before it is there, and on Windows while it is being replaced.
function holdsNow(holds: () => boolean): boolean {
  try {
    return holds();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof SyntaxError || code === 'ENOENT' || code === 'EBUSY' || code === 'EPERM') return false;
    throw error;
  }
}
