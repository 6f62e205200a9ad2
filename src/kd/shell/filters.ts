import {
  CONTINUE_NAMES,
  EVENT_KINDS,
  EXCEPTION_KINDS,
  type FilterMode,
  type FilterRow,
  formatFilter,
} from '../../kd-text/event-kinds.js';
import type { Handling } from '../control/resume/continue-request.js';
import type { ModuleEvent } from '../control/state-change.js';
import type { Stop } from '../control/stop.js';
import { wildcard } from './target-symbols.js';

/** What is to be done at one kind of exception or event. */
export interface ExceptionFilter extends FilterRow {
  readonly mode: FilterMode;
}

/** What `sxe` and its like change; what is undefined stays. */
export interface FilterChange {
  readonly mode?: FilterMode | undefined;
  readonly handled?: boolean | undefined;
  readonly argument?: string | undefined;
  readonly command?: string | undefined;
  readonly secondCommand?: string | undefined;
}

const OTHER = '*';
/** Names of events that are told apart by an argument: `ld:mydrv`, `out:text`. */
const WITH_ARGUMENT = new Set(['ld', 'ud', 'cpr', 'epr', 'out']);

/** `sx`: what kd does at exceptions and events. It outlives the boots of the target. */
export class EventFilters {
  readonly #filters = new Map<string, ExceptionFilter>();

  constructor() {
    this.reset();
  }

  /** As in the beginning: `sxr`. */
  reset(): void {
    this.#filters.clear();
    for (const kind of [...EVENT_KINDS, ...EXCEPTION_KINDS]) this.#filters.set(kind.name, kind);
  }

  /** Sets one of them, by name or exception code; gives false for one that there is not. */
  set(word: string, change: FilterChange): boolean {
    const [, given = '', argument] = /^([^:]*)(?::(.*))?$/s.exec(word) ?? [];
    const lower = given.toLowerCase();
    const name = nameOf(lower);
    if (name === undefined || (argument !== undefined && !WITH_ARGUMENT.has(name))) return false;
    // `bpec` and its like are the other half of `bpe`: whether it counts as handled.
    const wish = lower in CONTINUE_NAMES ? { handled: change.handled ?? change.mode === 'e' } : change;
    const before = this.#filters.get(name) ?? { ...this.named(OTHER), name, title: 'User-defined exception' };
    this.#filters.set(name, {
      ...before,
      mode: ('mode' in wish ? wish.mode : undefined) ?? before.mode,
      ...(before.handled !== undefined && { handled: wish.handled ?? before.handled }),
      ...(WITH_ARGUMENT.has(name) && { argument: argument || undefined }),
      command: textOf('command' in wish ? wish.command : undefined, before.command),
      secondCommand: textOf('secondCommand' in wish ? wish.secondCommand : undefined, before.secondCommand),
    });
    return true;
  }

  named(name: string): ExceptionFilter {
    return this.#filters.get(name) as ExceptionFilter;
  }

  /** The filter of a stop; undefined for what is none of its business: breakpoints, steps. */
  of(stop: Stop): ExceptionFilter | undefined {
    if (stop.module) return this.named(stop.module.kind === 'unload' ? 'ud' : 'ld');
    if (stop.change.kind !== 'exception' || !['int3', 'exception', 'foreign-register'].includes(stop.reason))
      return undefined;
    const code = stop.change.code.toString(16).padStart(8, '0');
    return this.#filters.get(nameOf(code) as string) ?? this.named(OTHER);
  }

  /** The answer to a stop that nobody gives another one to. */
  handling(stop: Stop): Handling {
    const { handled } = this.of(stop) ?? {};
    if (stop.reason === 'exception') return handled ? 'handled' : 'default';
    return stop.reason === 'int3' && handled === false ? 'not-handled' : 'default';
  }

  /** The filter of an image that comes or goes; undefined where nothing is to be done about it. */
  ofModule(event: ModuleEvent): ExceptionFilter | undefined {
    const filter = this.named(event.kind === 'unload' ? 'ud' : 'ld');
    return filter.argument === undefined || namesModule(filter.argument, event) ? filter : undefined;
  }

  /** Whether a print of the target is one to stop at. */
  breaksAtOutput(text: string): boolean {
    const { mode, argument } = this.named('out');
    return mode === 'e' && (argument === undefined || text.toLowerCase().includes(argument.toLowerCase()));
  }

  rows(): string[] {
    const exceptions = [...this.#filters.values()].filter(({ handled }) => handled !== undefined);
    const others = exceptions.filter(({ name }) => name !== OTHER);
    const events = EVENT_KINDS.flatMap(({ name }) => formatFilter(this.named(name)));
    const rest = formatFilter(this.named(OTHER));
    return [...events, '', ...others.flatMap(formatFilter), '', ...rest];
  }
}

/** Whether a filter is as in the beginning: of a module that comes the engine prints nothing then, though `sx` says `output`. */
export function isUntouched(filter: ExceptionFilter): boolean {
  return EVENT_KINDS.some((kind) => kind === filter);
}

/** The name of an exception or event as the list has it: `av` for c0000005 too, the code itself for one without a name. */
function nameOf(given: string): string | undefined {
  const wanted = CONTINUE_NAMES[given] ?? given;
  if ([...EVENT_KINDS, ...EXCEPTION_KINDS].some(({ name }) => name === wanted)) return wanted;
  const digits = given.replace(/^0x/, '');
  if (!/^[0-9a-f]{1,8}$/.test(digits)) return undefined;
  const code = digits.padStart(8, '0');
  return EXCEPTION_KINDS.find((each) => each.code === code)?.name ?? code;
}

/** `""` takes a command away, as in kd. */
function textOf(given: string | undefined, before: string | undefined): string | undefined {
  return given === undefined ? before : given || undefined;
}

/** By the name of the module or of its file, with kd's wildcards. */
function namesModule(argument: string, { path }: ModuleEvent): boolean {
  const file = path.replace(/^.*[\\/]/, '');
  const pattern = wildcard(argument);
  return pattern.test(file) || pattern.test(file.replace(/\.[^.]*$/, ''));
}
