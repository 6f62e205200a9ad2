import type { KdOptions } from '../../kd-text/kd-options.js';
import type { Input } from '../console/input.js';
import type { Screen } from '../console/screen.js';
import type { KdTarget } from '../control/kd-target.js';
import type { Stop } from '../control/stop.js';
import type { BreakRequest } from './break-request.js';
import type { EventFilters } from './filters.js';
import type { SymbolSettings } from './symbol-loader.js';
import type { LoadSymbols } from './target-symbols.js';

/** What kd's dialog is made of. */
export interface ShellParts {
  readonly screen: Screen;
  readonly input: Input;
  readonly target: KdTarget;
  readonly breaks: BreakRequest;
  readonly filters: EventFilters;
  readonly options: KdOptions;
  readonly loadSymbols: LoadSymbols;
  readonly settings: SymbolSettings;
  /** How fast the line is, where that is known. */
  readonly bytesPerSecond: number | undefined;
  /** What this kd calls itself. */
  readonly banner: string | undefined;
  /** Stacks that are known are not read whole at every hit. */
  readonly knownStacks?: boolean;
  /** Whether others share this kd through its pipe. */
  readonly shared: () => boolean;
}

/** What the parts of kd's dialog share. */
export class DialogState {
  /** The stop whose prompt everybody has. */
  shown: Stop | undefined;
  /** Why kd leaves; undefined while it stays. */
  leaving: string | undefined;
}
