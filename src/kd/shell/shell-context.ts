import type { KdOptions } from '../../kd-text/kd-options.js';
import type { Screen } from '../console/screen.js';
import type { KdTarget } from '../control/kd-target.js';
import type { KnownTarget } from '../control/known-target.js';
import type { Stop } from '../control/stop.js';
import type { DeferredBreakpoints } from './deferred.js';
import type { EventFilters } from './filters.js';
import type { BeginRunStep } from './run-control.js';
import type { SymbolSettings } from './symbol-loader.js';
import type { TargetStacks } from './target-stack.js';
import type { TargetSymbols } from './target-symbols.js';

/** A target that has answered, and the names in it. */
export interface Scene {
  readonly known: KnownTarget;
  readonly symbols: TargetSymbols;
  readonly stacks: TargetStacks;
  /** `$t0` to `$t19`, by name: whoever sits here counts in them. */
  readonly temporaries: Map<string, bigint>;
  /** The stop that is looked at, where there is one. */
  readonly stop?: Stop;
  readonly view?: View;
}

/** What is looked at. */
export interface View {
  /** Whose registers. */
  processor: number;
  /** When the target stopped, by this host's clock. */
  since: Date;
}

/** What a command has to work with. */
export interface ShellContext extends Scene {
  readonly screen: Screen;
  readonly target: KdTarget;
  readonly stop: Stop;
  readonly options: KdOptions;
  readonly settings: SymbolSettings;
  /** How fast the line is, where that is known. */
  readonly bytesPerSecond: number | undefined;
  /** What this kd calls itself. */
  readonly banner: string | undefined;
  /** The client of the shared pipe who typed the command; undefined for kd's own input. */
  readonly from: string | undefined;
  /** Somebody has a prompt at this stop: what is asked for is read, however well it is known. */
  readonly attended: boolean;
  /** Carries out commands as if they stood in place of the present one; ends where the target does not stand any more. */
  execute(commands: string): Promise<void>;
  /** What is done at exceptions and events. */
  readonly filters: EventFilters;
  /** Breakpoints that wait for their module. */
  readonly deferred: DeferredBreakpoints;
  readonly view: View;
  /** Lets the target go on with an end in mind, `steps` times. */
  travel(begin: BeginRunStep, steps?: number): Promise<void>;
  /** Ends kd, after the target has been released. */
  leave(how: string): void;
  /** Where the next `d` goes on, and how it shows. */
  readonly dump: DumpState;
  /** Where the next `u` of the same stop goes on. */
  readonly code: CodeState;
}

export interface CodeState {
  stop: Stop | undefined;
  next: bigint;
}

export interface DumpState {
  kind: string;
  address: bigint | undefined;
}

/** A command of kd's shell. `rest` is what follows its word. */
export interface ShellCommand {
  readonly words: readonly string[];
  run(context: ShellContext, word: string, rest: string): Promise<void>;
}

/** What kd cannot do, in kd's words. Printed as it is. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
