import { EXIT, type ExitCode } from '../../fault.js';
import { controlKey, initialBreakTexts } from '../../kd-text/control-keys.js';
import type { KdOptions } from '../../kd-text/kd-options.js';
import { lineCutter } from '../../kd-text/line-cutter.js';
import type { Screen } from './screen.js';
import type { Terminal } from './terminal.js';

export interface KeyActions {
  typed(text: string): void;
  /** CTRL+C, CTRL+BREAK, CTRL+F, SIGINT. */
  interrupt(): void;
  /** CTRL+B, or a signal; `code` is the exit code that the signal asks for. */
  leave(how: string, code?: ExitCode): void;
  /** CTRL+R. */
  resync(): void;
  /** Nothing more will be typed. */
  ended(): void;
  /** What the last word of a line may become, and that word. */
  complete(line: string): readonly [readonly string[], string];
}

/** What the keys have set, and their beginning and end. */
export interface KeyState {
  readonly initialBreak: number;
  readonly verbose: boolean;
  start(): void;
  stop(): void;
}

/** kd's keys: lines of standard input, control characters in them, and the signals of a console. */
export class ConsoleKeyboard implements KeyState {
  /** CTRL+K: 1 break in at the next boot, 2 at its first module load. */
  initialBreak = 0;
  /** CTRL+V, CTRL+D. */
  verbose = false;
  readonly #interrupt = (): void => this.actions.interrupt();
  readonly #end = (): void => this.actions.leave('signal', EXIT.terminated);
  readonly #cut = lineCutter((text) => this.#line(text));
  readonly #ended = (): void => this.actions.ended();

  constructor(
    private readonly screen: Screen,
    private readonly options: KdOptions,
    private readonly actions: KeyActions,
    /** Where somebody sits; without it lines come as they come. */
    private readonly terminal?: Terminal,
  ) {}

  start(): void {
    if (this.options.breakOnModuleLoad) this.initialBreak = 2;
    process.on('SIGINT', this.#interrupt);
    if (process.platform === 'win32') process.on('SIGBREAK', this.#interrupt);
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, this.#end);
    if (this.options.noInput) return;
    if (this.terminal) {
      const { interrupt, ended, complete } = this.actions;
      this.terminal.start({ line: (text) => this.#line(text), interrupt, ended, complete });
    } else process.stdin.on('data', this.#cut).on('end', this.#ended).on('error', this.#ended);
  }

  stop(): void {
    process.off('SIGINT', this.#interrupt);
    if (process.platform === 'win32') process.off('SIGBREAK', this.#interrupt);
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, this.#end);
    this.terminal?.stop();
    process.stdin.off('data', this.#cut).off('end', this.#ended).off('error', this.#ended);
    process.stdin.pause();
    process.stdin.unref?.();
  }

  #line(text: string): void {
    switch (controlKey(text)) {
      case undefined:
        this.actions.typed(text);
        break;
      case 'break':
        this.actions.interrupt();
        break;
      case 'quit':
        this.actions.leave('CTRL+B');
        break;
      case 'resync':
        this.screen.line('Resyncing with the target...');
        this.actions.resync();
        break;
      case 'cycle-break':
        this.initialBreak = (this.initialBreak + 1) % initialBreakTexts.length;
        this.screen.line(initialBreakTexts[this.initialBreak]);
        break;
      case 'verbose':
      case 'diagnostics':
        this.verbose = !this.verbose;
        this.screen.line(`Verbose mode ${this.verbose ? 'ON' : 'OFF'}.`);
        break;
      default:
        break;
    }
  }
}
