import type { Console } from '../../debugging-server/console.js';
import { ExpressionError, type Question } from '../../kd-text/expression.js';
import type { StackFrame } from '../../kd-text/frames/frames.js';
import type { KdOptions } from '../../kd-text/kd-options.js';
import { formatPrompt } from '../../kd-text/prompt.js';
import type { SimulatorClock } from '../clock.js';
import { evaluateMasm } from './expression.js';
import type { LinkBytes, SimulatedLink } from './link.js';
import { registerOf, wordOnStack } from './registers.js';
import type { Scenario } from './scenario/scenario.js';
import type { HaltReason } from './target/statistics.js';
import type { StatisticsWriter } from './target/statistics-writer.js';
import type { SimulatedSymbols, SymbolEntry } from './target/symbol-table.js';
import { numberAt } from './target/target-memory.js';

/** A breakpoint in kd's list; without an address it is deferred until its module loads. */
export interface SimulatedBreakpoint {
  readonly id: number;
  readonly symbol: string;
  readonly address?: bigint;
  readonly command?: string;
  enabled: boolean;
  /** Goes away when it is hit. */
  readonly once?: true;
  /** Its address was typed with eight digits: it traps, and is not taken for the one that has trapped. */
  readonly literal?: true;
}

/** Where and why the target stands still. */
export interface SimulatedStop {
  readonly reason: HaltReason;
  readonly site: string;
  readonly address: bigint;
  readonly frames: readonly StackFrame[];
  readonly breakpoint?: SimulatedBreakpoint;
  /** Registers that hold something else than the arguments of the innermost frame. */
  readonly registers?: Readonly<Record<string, bigint>>;
}

/** How kd treats an exception: `sxe` breaks, `sxd` and `sxn` go on. */
export interface SimulatedFilter {
  readonly mode: 'e' | 'd' | 'n' | 'i';
  readonly command?: string;
}

/** What a command leads to. After `error`, `go` and the ends nothing more of its line is carried out. */
export type CommandOutcome = 'done' | 'error' | 'go' | 'reboot' | 'quit' | 'quit-detached';

/** What the server side of a debugging server can tell and do. */
export interface ServerControl {
  readonly lines: () => string[];
  readonly clients: () => string[];
  /** Sends one client away. */
  readonly dismiss: (client: string) => void;
  readonly end: () => void;
}

/** One simulated kd: its state, and the parts that its commands work with. */
export class Kd {
  breakpoints: SimulatedBreakpoint[] = [];
  readonly filters = new Map<string, SimulatedFilter>();
  /** `$t0` to `$t19`, by name. */
  readonly temporaries = new Map<string, bigint>();
  /** Bytes of the target that were written, by address. */
  readonly memory = new Map<bigint, number>();
  stop: SimulatedStop | undefined;
  processor = 0;
  symbolPath: string;
  /** CTRL+K: no break, break at the next boot, break at its first module load. */
  initialBreak: 0 | 1 | 2 = 0;
  server: ServerControl | undefined;
  /** A break-in has met what a stop has done by itself: the stack that is printed is cut, and what follows is dropped. */
  cut = false;
  /** The next hit is cut, as early as the scenario says. */
  cutNext = false;
  /** Set while a command can be cancelled by a break. */
  cancel: AbortController | undefined;
  /** It knows the target's modules: from the load events of a boot, or by `.reload`. Before, it knows `nt` alone. */
  modulesKnown: boolean;
  #symbolFiles: 'none yet' | 'loaded' | 'given up' = 'none yet';
  #toldExports = false;

  constructor(
    readonly scenario: Scenario,
    readonly options: KdOptions,
    readonly clock: SimulatorClock,
    readonly link: SimulatedLink,
    readonly console: Console,
    readonly statistics: StatisticsWriter,
    readonly symbols: SimulatedSymbols,
    readonly openLog: (file: string, append: boolean) => void,
  ) {
    this.symbolPath = options.symbolPath || 'srv*';
    this.modulesKnown = scenario.symbols.modules === 'all';
  }

  /** Whose text it prints: that of 2010 (6.12), or that of 2026 (10.0.29507). */
  get engine(): 'today' | 'old' {
    return /^[1-9]\./.test(this.scenario.kd.version) ? 'old' : 'today';
  }

  get prompt(): string {
    return formatPrompt(this.scenario.target.processors === 1 ? undefined : this.processor);
  }

  async spend(operation: keyof LinkBytes, share?: number): Promise<void> {
    this.statistics.spent(await this.link.spend(operation, share));
  }

  /** Addresses that are in the target's memory as soon as it runs. */
  armedAddresses(): bigint[] {
    return this.breakpoints.flatMap((bp) => (bp.enabled && bp.address !== undefined ? [bp.address] : []));
  }

  /** Evaluates an expression; symbols are fetched first when it names one. Throws an ExpressionError. */
  async evaluate(text: string): Promise<bigint> {
    if (/[!g-z]/i.test(text.replace(/0[xnty]|'[^']*'/gi, ''))) await this.needSymbols(text);
    return evaluateMasm(text, (question) => this.#answer(question));
  }

  #answer(question: Question): bigint | undefined {
    switch (question.ask) {
      case 'name':
        return this.register(question.name) ?? this.findSymbol(question.name);
      case 'register':
        return this.register(question.name);
      case 'memory': {
        const { address, bytes } = question;
        return bytes === 'pointer'
          ? wordOnStack(this.stop, address, this.symbols.bits)
          : numberAt(this, address, bytes);
      }
      case 'c++':
        return undefined;
    }
  }

  /** What a register holds, or one of `$t0` to `$t19`, which begin at 0. */
  register(name: string): bigint | undefined {
    const lower = name.toLowerCase();
    if (/^\$t1?\d$/.test(lower)) return this.temporaries.get(lower) ?? 0n;
    return registerOf(this.stop, name, this.symbols.bits);
  }

  /** Fetches the kernel's symbols, which can take long; a break cancels it for good, in an ExpressionError about `name`. */
  async needSymbols(name: string): Promise<void> {
    const { fetch_ms, state } = this.scenario.symbols;
    if (this.#symbolFiles === 'none yet' && fetch_ms > 0) {
      this.cancel = new AbortController();
      await this.clock.sleep(fetch_ms, this.cancel.signal);
      const cancelled = this.cancel.signal.aborted;
      this.cancel = undefined;
      if (cancelled) this.#symbolFiles = 'given up';
      if (cancelled) throw new ExpressionError(`Couldn't resolve error at '${name}'`);
    }
    if (this.#symbolFiles === 'none yet') this.#symbolFiles = 'loaded';
    // The engine of today says nothing of it: `lm` does.
    if (state === 'full' || this.#toldExports || (state === 'exports' && this.engine === 'today')) return;
    this.#toldExports = true;
    const what = state === 'exports' ? '  Defaulted to export symbols for ntkrnlmp.exe - ' : '';
    this.console.line(`*** ERROR: Symbol file could not be found.${what}`);
  }

  /** The address of a name, as far as the symbols go that this kd has got. */
  findSymbol(name: string): bigint | undefined {
    const { symbols } = this;
    const address = symbols.find(name) ?? (symbols.hasModule(name) ? symbols.moduleBase(name) : undefined);
    if (this.#symbolFiles !== 'given up' || address === undefined) return address;
    return this.matchSymbols(name).some((entry) => entry.address === address) ? address : undefined;
  }

  /** The name of an address by the symbols there are: the nearest one before it. */
  nameOf(address: bigint): string {
    return this.symbols.nameOf(address, this.scenario.symbols.state !== 'exports');
  }

  /** The names that a pattern matches, as far as the symbols go that this kd has got. */
  matchSymbols(pattern: string): SymbolEntry[] {
    const found = this.symbols.match(pattern);
    return this.#symbolFiles === 'given up' ? found.filter((entry) => entry.exported) : found;
  }

  /** `.reload`: symbols that were given up are tried again when they are next needed. */
  forgetSymbols(): void {
    this.#symbolFiles = 'none yet';
  }

  /** The target was reset: its memory is new, and kd's breakpoints are gone. */
  forgetTarget(): void {
    this.breakpoints = [];
    this.memory.clear();
    this.statistics.planted([]);
    this.statistics.books.target.pool_hit_tag = 0;
    this.statistics.books.target.dead = false;
    this.stop = undefined;
    this.cut = false;
    this.cutNext = false;
  }
}
