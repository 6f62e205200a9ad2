import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { TargetBooks } from '../../src/simulator/stub/statistics/target-statistics.js';
import { MAIN } from '../e2e/run.js';
import { ConsoleProgram, CTRL_B, CTRL_F, PROMPT } from './console.js';
import { Relay } from './relay.js';
import { HEADER } from './stacks.js';

/** The launcher of Microsoft's engine, and the folder for links to terminals behind its serial ports. */
const { LIVEDEBUG_TEST_ENGINE: KD = '', LIVEDEBUG_TEST_ENGINE_PORTS: PORTS = '' } = process.env;
export const SERIAL_PORTS = PORTS;
export const ARCHITECTURES = ['x64', 'x86'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** A prompt, or three stacks more: a break-in that came too late for the one it was meant for. */
const PROMPT_OR_STACKS = /kd> $|(?:(?:RetAddr|ChildEBP) .*\n(?:.*\n)*?){3}/;

export function imagesOf(architecture: Architecture): string {
  return fileURLToPath(new URL(`../../fixtures/images/${architecture}`, import.meta.url));
}

/** A UDP port that is free on this host. */
async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** A simulated target, kds of Microsoft's engine for it, and a folder; `close` ends and removes all of it. */
export class Laboratory {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'livedebug-engine-test-'));
  readonly #programs: ConsoleProgram[] = [];
  #port = '';
  /** What stands behind kd's `-k`, where it is no TCP port. */
  #network: string | undefined;
  #relay: Relay | undefined;
  readonly #ends: (() => void)[] = [];

  constructor(readonly architecture: Architecture) {}

  /** Starts the target. @param place where it listens, instead of a TCP port that it finds by itself */
  async target(words: readonly string[] = ['--hits-per-second', '3'], place = 'tcp:127.0.0.1:0'): Promise<void> {
    const fixed = ['--arch', this.architecture, '--personality', 'windows', '--books', this.#booksFile];
    const target = this.#start(process.execPath, [MAIN, 'simulate', 'target', '--listen', place, ...fixed, ...words]);
    this.#port = /listens at (?:127\.0\.0\.1:)?(\S+)/.exec(await target.until(/listens at .*\n/))?.[1] ?? '';
  }

  /** Starts the target on a network, with a key of its own: it asks this host by KDNET. */
  async netTarget(words: readonly string[] = ['--hits-per-second', '3']): Promise<void> {
    const port = await freeUdpPort();
    this.#network = `net:port=${port},key=4.3.2.${port.toString(36)}`;
    const fixed = ['--arch', this.architecture, '--personality', 'windows', '--books', this.#booksFile];
    const way = ['--listen', this.#network, '--connect', '127.0.0.1'];
    const target = this.#start(process.execPath, [MAIN, 'simulate', 'target', ...way, ...fixed, ...words]);
    await target.until(/ asks UDP .*\n/);
  }

  /** Starts a kd that is connected to the target and has its symbols. */
  kd(words: readonly string[] = [], env: Readonly<Record<string, string>> = {}): ConsoleProgram {
    return this.kdAs([...words, ...this.connection], env);
  }

  /** Starts a kd with a command line of its own. */
  kdAs(words: readonly string[], env: Readonly<Record<string, string>> = {}): ConsoleProgram {
    return this.#start(KD, words, env);
  }

  /** Starts any other program of a test. */
  program(command: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): ConsoleProgram {
    return this.#start(command, words, env);
  }

  client(pipe: string, words: readonly string[] = []): ConsoleProgram {
    return this.kdAs(['-remote', `npipe:server=.,pipe=${pipe}`, '-clines', '0', ...words]);
  }

  /** What names the target and its symbols on kd's command line. */
  get connection(): readonly string[] {
    const images = imagesOf(this.architecture);
    return ['-k', this.#network ?? `com:ipport=${this.#port},port=127.0.0.1`, '-y', images, '-i', images];
  }

  /** Where the target listens, as `--port` takes it. */
  get place(): string {
    return this.#network ?? `tcp:127.0.0.1:${this.#port}`;
  }

  /** The launcher of the engine, for `--kd`. */
  get kdProgram(): string {
    return KD;
  }

  /** Starts the product, with a home of its own. */
  livedebug(words: readonly string[]): ConsoleProgram {
    return this.#start(process.execPath, [MAIN, ...words], { LIVEDEBUG_HOME: path.join(this.folder, 'home') });
  }

  /** Runs the product to its end, which has to be a good one. @returns what it printed on either stream */
  async finished(words: readonly string[]): Promise<string> {
    const program = this.livedebug(words);
    expect(await program.ended(), program.text).toBe(0);
    return program.text;
  }

  get books(): TargetBooks {
    return JSON.parse(readFileSync(this.#booksFile, 'utf8')) as TargetBooks;
  }

  /**
   * Breaks in at a stack's header: where hits are steady the engine never has the 4 s of silence that its break-in waits for,
   * and cuts the stack that it is printing instead. A press that came too late for one is not given again before the next two.
   */
  async breakInAtHit(kd: ConsoleProgram): Promise<void> {
    await kd.until(HEADER);
    kd.type(CTRL_F);
    while (!PROMPT.test(await kd.until(PROMPT_OR_STACKS))) kd.type(CTRL_F);
  }

  /** Puts a cable that can be pulled between the target and what is started from now on. */
  async relay(): Promise<Relay> {
    this.#relay = await Relay.to(Number(this.#port));
    this.#port = String(this.#relay.port);
    return this.#relay;
  }

  /** Waits until the target has allocated so often more, stops or no stops. */
  async allocates(times: number): Promise<void> {
    const { allocations } = this.books;
    await expect.poll(() => this.books.allocations).toBeGreaterThanOrEqual(allocations + times);
  }

  /** Waits until the target has stopped at breakpoints so often. */
  async hits(count: number): Promise<void> {
    await expect.poll(() => this.books.hits, { timeout: 60_000 }).toBeGreaterThanOrEqual(count);
  }

  /** Resumes the target from a prompt, sees it run, and leaves with CTRL+B. */
  async leave(kd: ConsoleProgram): Promise<void> {
    kd.type('g');
    await expect.poll(() => this.books.target.state).toBe('running');
    kd.type(CTRL_B);
    expect(await kd.ended()).toBe(0);
  }

  /** The target runs, with nothing left in it, whoever is still connected. */
  async expectReleased(): Promise<void> {
    await expect.poll(() => this.books.target).toMatchObject({ state: 'running', breakpoints: 0, pool_hit_tag: 0 });
    expect(this.books).toMatchObject({ violations: [], damages: [], bug_checks: [] });
  }

  /** The target runs, with nothing left in it, and nothing was done to it that nobody may do. */
  async expectFree(): Promise<void> {
    const free = { state: 'running', breakpoints: 0, pool_hit_tag: 0, connected: false };
    await expect.poll(() => this.books.target).toMatchObject(free);
    expect(this.books).toMatchObject({ violations: [], damages: [], bug_checks: [], hits_lost: 0 });
  }

  onClose(end: () => void): void {
    this.#ends.push(end);
  }

  async close(): Promise<void> {
    this.#relay?.close();
    for (const program of this.#programs.reverse()) program.signal('SIGKILL');
    await Promise.all(this.#programs.map(({ exited }) => exited));
    for (const end of this.#ends) end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #booksFile(): string {
    return path.join(this.folder, 'books.json');
  }

  #start(command: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): ConsoleProgram {
    const program = new ConsoleProgram(command, words, this.folder, env);
    this.#programs.push(program);
    return program;
  }
}
