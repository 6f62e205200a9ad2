import type { DebuggingServer } from '../../debugging-server/server.js';
import type { Guests } from '../../debugging-server/share.js';
import type { KdOptions } from '../../kd-text/kd-options.js';
import type { KeyActions, KeyState } from '../console/keyboard.js';
import type { Screen } from '../console/screen.js';
import type { BreakpointMode } from '../control/breakpoints/breakpoint-strategy.js';
import type { OpenStream } from '../stream/byte-stream.js';
import type { Timers } from '../wire/timers.js';
import type { Direction } from '../wire/trace/trace.js';
import type { SymbolSettings } from './symbol-loader.js';
import type { LoadSymbols } from './target-symbols.js';

/** The way to the target. */
export interface KdLine {
  /** As kd names it. */
  readonly name: string;
  readonly open: OpenStream;
  /** Wait until it is there, and open it again when it is gone. */
  readonly waits: boolean;
  readonly reopens: boolean;
  readonly bytesPerSecond: number | undefined;
  /** KDNET: every piece of the stream is one packet, and the target says when it is there. */
  readonly packets?: boolean;
}

/** What a run is made of; a test gives its own. */
export interface KdParts {
  readonly options: KdOptions;
  readonly screen: Screen;
  readonly line: KdLine;
  readonly timers: Timers;
  /** Told every byte that passes. */
  readonly passed: (way: Direction, bytes: Uint8Array) => void;
  /** Past breakpoints. */
  readonly ways?: BreakpointMode;
  /** Stacks that are known are not read whole at every hit. */
  readonly knownStacks?: boolean;
  /** What this kd calls itself. */
  readonly banner?: string;
  /** Lines that are typed before everything else. */
  readonly commands: readonly string[];
  readonly keys: (actions: KeyActions) => KeyState;
  /** What commands may set about symbols. */
  readonly settings: SymbolSettings;
  /** Where the names of the target's modules come from; without it they have none. */
  readonly loadSymbols?: LoadSymbols;
  /** Opens the shared pipe, if there is to be one. */
  readonly share?: ((guests: Guests) => Promise<DebuggingServer>) | undefined;
  /** File that is to say how long the target has stood still. */
  readonly haltedFile?: string | undefined;
  /** What kd says when the line does not open, in the words of Win32. */
  readonly openError: (error: unknown) => string;
}
