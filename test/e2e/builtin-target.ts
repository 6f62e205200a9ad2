import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestRunner } from 'vitest';
import type { TargetBooks } from '../../src/simulator/stub/statistics/target-statistics.js';
import { COUNTERPARTS, type Counterpart, WITHOUT } from './builtin-scenarios.js';
import type { BusyPort } from './busy-port.js';
import { chopping } from './chopping.js';
import type { Deed } from './deeds.js';
import type { Books } from './harness.js';
import { KillRecord } from './kill-record.js';

/** LIVEDEBUG_TEST_KD=builtin: what a test wants of the simulated kd is done by the built-in kd at a simulated target. */
export const BUILTIN = process.env.LIVEDEBUG_TEST_KD === 'builtin';

const WINDOWS = process.platform === 'win32';
const IMAGES = fileURLToPath(new URL('../../fixtures/images', import.meta.url));
const NEWER_KERNEL = BUILTIN ? await (await import('./newer-kernel.js')).newerPdb() : Buffer.alloc(0);

// A target that only runs says nothing: one that is switched on is heard, as a kd of Microsoft's hears one that boots.
const SWITCHED_ON = `about = "of an end-to-end test"

[[timeline]]
event = "power-on"
on = "connected"
after_ms = 300
`;

/** Ends the test that is running, as one that was skipped. @throws also for a scenario that nobody has thought of */
function skipped(scenario: string): never {
  const why = WITHOUT.get(scenario);
  if (why !== undefined) TestRunner.getCurrentTest()?.context.skip(`the built-in kd has no "${scenario}": ${why}`);
  throw new Error(`no simulated target does what the scenario "${scenario}" does`);
}

/** The words of a run, translated; the words of the target that has to be there, if it is not yet; and what is done meanwhile. */
export interface Translated {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly target?: readonly string[] | undefined;
  readonly deed?: Deed | undefined;
}

/** A laptop's simulated target: started by the first run that names a scenario, and there for all further ones. */
export class BuiltinTarget {
  readonly kills = new KillRecord();
  #port: string | undefined;
  #busy: BusyPort | undefined;
  #symbols: Counterpart['symbols'];
  readonly #slow = createServer();

  constructor(
    private readonly folder: string,
    private readonly name: string,
    private readonly booksFile: string,
  ) {}

  /** Leaves runs alone that have nothing to do with the simulated kd; skips the test where there is no counterpart. */
  translate(words: readonly string[], env: Readonly<Record<string, string>>): Translated {
    if (words[0] === 'simulate' && words[1] === 'kd') return this.#server(words, env.LIVEDEBUG_SIM_SCENARIO ?? 'fast');
    const at = words.indexOf('--kd') + 1;
    const scenario = /^sim(?::(.+))?$/.exec(at > 0 ? (words[at] ?? '') : '');
    if (!scenario) return { words };
    const rest = words.filter(
      (word, index) => !isPort(words, index) && index !== at && index !== at - 1 && word !== '',
    );
    const kd = [...rest, '--kd', 'builtin'];
    const name = scenario[1];
    if (name === undefined) return { words: kd };
    const counterpart = COUNTERPARTS[name] ?? skipped(name);
    // Without the look at the port beforehand it is kd that finds out.
    if (counterpart.port) return { words: [...kd, '--port', this.#portThatIs(counterpart.port), '--no-preflight'] };
    const target = this.#begin(counterpart);
    const symbols = this.#symbolPath !== '' && words[0] === 'start' ? ['--symbols', this.#symbolPath] : [];
    return {
      words: [...kd, '--port', `pipe:${this.#port}`, ...symbols],
      target,
      deed: counterpart.deed,
      ...(counterpart.chopped && { env: chopping }),
    };
  }

  /** Another program takes the port that the next run is given. */
  async holdPort(): Promise<void> {
    this.#busy = await (await import('./busy-port.js')).busyPort();
  }

  target(): TargetBooks {
    return JSON.parse(readFileSync(this.booksFile, 'utf8')) as TargetBooks;
  }

  /** The target's books in the words of the simulated kd's, and what kd was told. */
  books(kdLog: string | undefined): Books {
    const books = this.target();
    const commands = [...(kdLog ?? '').matchAll(/^(?:\d+: )?kd> (?!\.echo livedebug)(.+)$/gm)].map(
      (match) => match[1] ?? '',
    );
    const { breaks, hits, halted_ms, target } = books;
    return {
      breaks,
      hits,
      halted_ms,
      command_log: commands,
      violations: this.kills.judged(books),
      target: { ...target, pool_hit_tag: 0 },
    };
  }

  async close(): Promise<void> {
    await this.#busy?.close();
    this.#slow.close();
  }

  #server(words: readonly string[], scenario: string): Translated {
    const target = this.#begin(COUNTERPARTS[scenario] ?? skipped(scenario));
    const at = words.indexOf('-k');
    const rest = words.slice(2).filter((_, index) => index + 2 !== at && index + 2 !== at + 1);
    const line = `com:pipe,port=${this.#port},resets=0,reconnect`;
    return { words: ['kd', ...rest, '-k', line, '-y', this.#symbolPath], target };
  }

  #begin(counterpart: Counterpart): readonly string[] | undefined {
    this.#symbols = counterpart.symbols;
    if (this.#port !== undefined) return undefined;
    const place = WINDOWS ? `pipe:${this.name}-vm` : `unix:${path.join(this.folder, 'vm.sock')}`;
    this.#port = WINDOWS ? `\\\\.\\pipe\\${this.name}-vm` : path.join(this.folder, 'vm.sock');
    const script = path.join(this.folder, 'target.toml');
    writeFileSync(script, `${SWITCHED_ON}\n${counterpart.script ?? ''}`);
    const state = counterpart.standing ? [] : ['--state', 'off', '--script', script];
    return [
      'simulate',
      'target',
      '--listen',
      place,
      '--books',
      this.booksFile,
      '--hits-per-second',
      '20',
      ...state,
      ...(counterpart.words ?? []),
    ];
  }

  #portThatIs(state: 'missing' | 'busy'): string {
    if (state === 'busy') return this.#busy?.path ?? 'nobody holds it';
    return WINDOWS ? 'com250' : path.join('/dev', `tty-${this.name}`);
  }

  get #symbolPath(): string {
    const known = ['x64', 'x64-11', 'x86'].map((folder) => path.join(IMAGES, folder)).join(';');
    if (this.#symbols === undefined) return known;
    if (this.#symbols === 'none') return '';
    const own = path.join(this.folder, 'symbols');
    if (this.#symbols === 'of a newer kernel') {
      mkdirSync(own, { recursive: true });
      writeFileSync(path.join(own, 'ntkrnlmp.pdb'), NEWER_KERNEL);
      return `${own};${known}`;
    }
    if (!this.#slow.listening) this.#slow.listen(0).unref();
    const { port } = this.#slow.address() as AddressInfo;
    return `srv*${own}*http://127.0.0.1:${port}`;
  }
}

/** `--port com1` and `--baud 115200`, which the simulated kd is given. */
function isPort(words: readonly string[], index: number): boolean {
  return ['--port', '--baud'].some((word) => words[index] === word || words[index - 1] === word);
}
