import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Launch } from '../../src/debugger/command-line.js';
import { type KdProcess, spawnKd } from '../../src/debugger/kd-process.js';
import { CTRL_B } from '../../src/kd-text/control-keys.js';
import type { ConsoleEvent } from '../../src/kd-text/events.js';
import { parseBreakpointRow } from '../../src/kd-text/listings/breakpoints.js';
import { parseSymbolRow } from '../../src/kd-text/listings/symbols.js';
import { ConsoleReader } from '../../src/kd-text/reader.js';
import { Dialog } from '../../src/session/dialog.js';

export interface KdUnderTest {
  readonly name: string;
  /** A function that exists in the target's kernel. */
  readonly symbol: string;
  /** How to start it as a debugging server with its target attached and running. */
  launch(folder: string): Launch;
  /** Starts it; default: as a child of this process. */
  start?(launch: Launch, onOutput: (chunk: Buffer) => void, folder: string): KdProcess;
  /** Puts away what was started besides; default: nothing was. */
  end?(): Promise<void>;
  /** Brings it to where `launch` promises to, when it cannot be started there. @param until waits for what it prints */
  ready?(kd: KdProcess, until: (kind: ConsoleEvent['kind']) => Promise<void>): Promise<void>;
  /** Sends one break-in. */
  breakIn(kd: KdProcess): void;
}

/** A kd under test with its events and answers. */
class Bench {
  readonly events: ConsoleEvent[] = [];
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'kd contract '));
  readonly kd: KdProcess;
  #reader = new ConsoleReader();
  #dialog = new Dialog();
  #asked = 0;
  #waiters: (() => void)[] = [];
  #answers: { id: number; lines: readonly string[] }[] = [];

  constructor(private readonly subject: KdUnderTest) {
    this.#reader.verbose = true;
    const start = subject.start ?? spawnKd;
    this.kd = start(subject.launch(this.folder), (chunk) => this.#output(chunk), this.folder);
  }

  #output(chunk: Buffer): void {
    for (const event of this.#reader.push(chunk)) {
      this.events.push(event);
      if (event.kind === 'line') this.#dialog.collect(event.text);
      if (event.kind === 'marker') {
        const answer = this.#dialog.answered(event.text);
        if (answer) this.#answers.push(answer);
      }
    }
    for (const waiter of this.#waiters) waiter();
  }

  /** Resolves when the condition holds; the test's own time-out is the limit. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#waiters = this.#waiters.filter((each) => each !== look);
        resolve();
      };
      this.#waiters.push(look);
      look();
    });
  }

  count(kind: ConsoleEvent['kind']): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  async ask(...lines: string[]): Promise<readonly string[]> {
    const id = ++this.#asked;
    this.kd.type(...this.#dialog.ask(id, 'probe', lines));
    await this.until(() => this.#answers.some((answer) => answer.id === id));
    return this.#answers.find((answer) => answer.id === id)?.lines ?? [];
  }

  async halt(): Promise<void> {
    const seen = this.count('break-box');
    this.subject.breakIn(this.kd);
    await this.until(() => this.count('break-box') > seen && this.events.at(-1)?.kind === 'prompt');
  }

  async close(): Promise<void> {
    this.kd.type(CTRL_B);
    const late = setTimeout(() => this.kd.kill(), 5000);
    await this.kd.exited;
    clearTimeout(late);
    await this.subject.end?.();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What every kd must do for a session: Microsoft's, the simulated one, and any to come. */
export function kdContract(subject: KdUnderTest): void {
  describe(`the contract of a kd process: ${subject.name}`, () => {
    let bench: Bench;
    beforeEach(async () => {
      bench = new Bench(subject);
      await bench.until(() => bench.count('established') === 1);
      await subject.ready?.(bench.kd, (kind) => bench.until(() => bench.events.at(-1)?.kind === kind));
    });
    afterEach(() => bench.close());

    it('says who it is and that it waits before it is connected', () => {
      const kinds = bench.events.map((event) => event.kind);
      expect(kinds.indexOf('banner')).toBeGreaterThanOrEqual(0);
      expect(kinds.indexOf('waiting-to-reconnect')).toBeGreaterThan(kinds.indexOf('banner'));
      expect(kinds.indexOf('established')).toBeGreaterThan(kinds.indexOf('waiting-to-reconnect'));
    });

    it('proves a break-in by a prompt, answers in order, and resumes without a prompt', async () => {
      await bench.halt();
      expect(await bench.ask('.echo one', '.echo two')).toEqual(expect.arrayContaining(['one', 'two']));
      const prompts = bench.count('prompt');
      bench.kd.type('g');
      // What is typed while the target runs is carried out at the next stop, and not before.
      const late = bench.ask('.echo late');
      await bench.halt();
      expect(await late).toContain('late');
      expect(bench.count('prompt')).toBeGreaterThan(prompts);
      bench.kd.type('g');
    });

    it('finds a symbol, sets a breakpoint silently, shows and clears it', async () => {
      await bench.halt();
      const found = (await bench.ask(`x ${subject.symbol}`)).map(parseSymbolRow).find((row) => row);
      expect(found?.symbol.toLowerCase()).toBe(subject.symbol.toLowerCase());
      const rows = (await bench.ask(`bp ${subject.symbol} ";kb;g"`, 'bl')).map(parseBreakpointRow).filter((row) => row);
      expect(rows).toEqual([expect.objectContaining({ enabled: true, resolved: true, command: ';kb;g' })]);
      expect((await bench.ask('bc *', 'bl')).map(parseBreakpointRow).some((row) => row)).toBe(false);
      bench.kd.type('g');
    });

    it('says so when a symbol is not there, and goes on', async () => {
      await bench.halt();
      await bench.ask('bp nt!NoSuchFunctionAnywhere ";kb;g"');
      expect(bench.count('unresolved')).toBe(1);
      expect(await bench.ask('.echo still here')).toContain('still here');
      bench.kd.type('g');
    });

    it('leaves with CTRL+B and touches nothing', async () => {
      bench.kd.type(CTRL_B);
      const { signal } = await bench.kd.exited;
      expect(signal).toBeUndefined();
    });
  });
}
