import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestRunner } from 'vitest';
import type { TargetBooks } from '../../src/simulator/stub/target-books.js';
import type { Books } from './harness.js';
import { KillRecord } from './kill-record.js';

/** LIVEDEBUG_TEST_KD=builtin: what a test wants of the simulated kd is done by the built-in kd at a simulated target. */
export const BUILTIN = process.env.LIVEDEBUG_TEST_KD === 'builtin';

const WINDOWS = process.platform === 'win32';
const IMAGES = fileURLToPath(new URL('../../fixtures/images', import.meta.url));

/** A simulated target that does to the built-in kd what a scenario does to the simulated one. */
interface Target {
  /** Words for `simulate target`. */
  readonly words?: readonly string[];
  /** What happens to it besides being switched on, as in `fixtures/targets/README.md`. */
  readonly script?: string;
  /** It is not switched on when somebody connects. */
  readonly standing?: boolean;
  /** What the kd has of its symbols; default: all. */
  readonly symbols?: 'none' | 'a server that never answers';
}

// A target that only runs says nothing: one that is switched on is heard, as a kd of Microsoft's hears one that boots.
const SWITCHED_ON = `about = "of an end-to-end test"

[[timeline]]
event = "power-on"
on = "connected"
after_ms = 300
`;

const reboot = (announced: boolean): string =>
  `[[timeline]]\nevent = "reboot"\non = "armed"\nannounced = ${announced}\nafter_ms = 700\ntimes = 1\n`;

const TARGETS: Readonly<Record<string, Target>> = {
  fast: {},
  reboot: { script: reboot(true) },
  'reboot-unannounced': { script: reboot(false) },
  'connects-late': { script: '' },
  // A break-in byte is eaten while a print waits for its acknowledgement.
  'break-swallowed': { script: '[[timeline]]\nevent = "print"\ntext = "busy\\n"\nevery_ms = 15\n' },
  noise: { words: ['--fault', 'lose=0.0005,flip=0.0005,double=0.0005'] },
  x86: { words: ['--arch', 'x86'] },
  'x64-new': { words: ['--personality', 'windows', '--processors', '2'] },
  'link-loss-forever': { script: '[[timeline]]\nevent = "cable-out"\nafter_hits = 5\n' },
  'vm-pipe': { words: ['--baud', '115200'] },
  'halted-at-attach': { words: ['--state', 'halted'], standing: true },
  'no-symbols-at-all': { symbols: 'none' },
  'slow-symbols': { symbols: 'a server that never answers' },
  assertion: { script: '[[timeline]]\nevent = "prompt"\nafter_hits = 5\n' },
  'never-connects': { words: ['--state', 'off'], standing: true },
  bugcheck: { script: '[[timeline]]\nevent = "bug-check"\non = "armed"\nafter_ms = 1000\n' },
};

/** Without a counterpart: how the simulated kd's own process and console fail, and what its target alone can do. */
const WITHOUT = new Set([
  ...[
    'break-while-halted',
    'crlf-oem',
    'demo',
    'foreign-commands',
    'int3',
    'kd-crash',
    'kd-hang',
    'kdnet',
    'link-loss',
  ],
  ...['no-symbol', 'pool-hit-tag', 'port-busy', 'port-missing', 'split-chunks', 'wrong-baud'],
]);

/** Ends the test that is running, as one that was skipped. @throws also for a scenario that nobody has thought of */
function skipped(scenario: string): never {
  if (WITHOUT.has(scenario)) TestRunner.getCurrentTest()?.context.skip(`the built-in kd has no "${scenario}"`);
  throw new Error(`no simulated target does what the scenario "${scenario}" does`);
}

/** The words of a run, translated; and those of the target that has to be there, if it is not yet. */
export interface Translated {
  readonly words: readonly string[];
  readonly target: readonly string[] | undefined;
}

/** A laptop's simulated target: started by the first run that names a scenario, and there for all further ones. */
export class BuiltinTarget {
  readonly kills = new KillRecord();
  #port: string | undefined;
  #symbols: Target['symbols'];
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
    if (!scenario) return { words, target: undefined };
    const target = scenario[1] === undefined ? undefined : this.#begin(scenario[1]);
    const rest = words.filter(
      (word, index) => !isPort(words, index) && index !== at && index !== at - 1 && word !== '',
    );
    const starts = scenario[1] !== undefined;
    const symbolPath = this.#symbolPath;
    const symbols = starts && symbolPath !== '' && words[0] === 'start' ? ['--symbols', symbolPath] : [];
    const port = starts ? ['--port', `pipe:${this.#port}`] : [];
    return { words: [...rest, '--kd', 'builtin', ...port, ...symbols], target };
  }

  /** The target's books in the words of the simulated kd's, and what kd was told. */
  books(kdLog: string | undefined): Books {
    const books = JSON.parse(readFileSync(this.booksFile, 'utf8')) as TargetBooks;
    const commands = [...(kdLog ?? '').matchAll(/^(?:\d+: )?kd> (?!\.echo livedebug)(.+)$/gm)].map(
      (match) => match[1] ?? '',
    );
    const { breaks, hits, halted_ms, target } = books;
    return {
      ...{ breaks, hits, halted_ms, command_log: commands, violations: this.kills.judged(books) },
      target: { ...target, pool_hit_tag: 0 },
    };
  }

  #server(words: readonly string[], scenario: string): Translated {
    const target = this.#begin(scenario);
    const at = words.indexOf('-k');
    const rest = words.slice(2).filter((_, index) => index + 2 !== at && index + 2 !== at + 1);
    const line = `com:pipe,port=${this.#port},resets=0,reconnect`;
    return { words: ['kd', ...rest, '-k', line, '-y', this.#symbolPath], target };
  }

  #begin(scenario: string): readonly string[] | undefined {
    const target = TARGETS[scenario];
    if (!target) return skipped(scenario);
    this.#symbols = target.symbols;
    if (this.#port !== undefined) return undefined;
    const place = WINDOWS ? `pipe:${this.name}-vm` : `unix:${path.join(this.folder, 'vm.sock')}`;
    this.#port = WINDOWS ? `\\\\.\\pipe\\${this.name}-vm` : path.join(this.folder, 'vm.sock');
    const script = path.join(this.folder, 'target.toml');
    writeFileSync(script, `${SWITCHED_ON}\n${target.script ?? ''}`);
    const state = target.standing ? [] : ['--state', 'off', '--script', script];
    return [
      ...['simulate', 'target', '--listen', place, '--books', this.booksFile, '--hits-per-second', '20'],
      ...[...state, ...(target.words ?? [])],
    ];
  }

  get #symbolPath(): string {
    if (this.#symbols === 'none') return '';
    if (this.#symbols === undefined) return `${path.join(IMAGES, 'x64')};${path.join(IMAGES, 'x86')}`;
    if (!this.#slow.listening) this.#slow.listen(0).unref();
    const { port } = this.#slow.address() as AddressInfo;
    return `srv*${path.join(this.folder, 'symbols')}*http://127.0.0.1:${port}`;
  }
}

/** `--port com1` and `--baud 115200`, which the simulated kd is given. */
function isPort(words: readonly string[], index: number): boolean {
  return ['--port', '--baud'].some((word) => words[index] === word || words[index - 1] === word);
}
