/** What kd does at an event: break, break at the second chance, tell, ignore. The letters of `sxe sxd sxn sxi`. */
export type FilterMode = 'e' | 'd' | 'n' | 'i';

/** An exception that `sx` has a name for. */
export interface ExceptionKind {
  readonly name: string;
  readonly title: string;
  /** NTSTATUS, eight lower-case hexadecimal digits; empty for `*`, every other one. */
  readonly code: string;
  readonly mode: FilterMode;
  readonly handled: boolean;
}

/** An event that is no exception. */
export interface EventKind {
  readonly name: string;
  readonly title: string;
  readonly mode: FilterMode;
}

/** Source: "Controlling Exceptions and Events". */
const EXCEPTION_ROWS: readonly (readonly [name: string, title: string, code: string, mode?: FilterMode])[] = [
  ['av', 'Access violation', 'c0000005'],
  ['asrt', 'Assertion failure', 'c0000420'],
  ['aph', 'Application hang', 'cfffffff'],
  ['bpe', 'Break instruction exception', '80000003'],
  ['eh', 'C++ EH exception', 'e06d7363', 'd'],
  ['clr', 'CLR exception', 'e0434f4d', 'd'],
  ['clrn', 'CLR notification exception', '04242420', 'd'],
  ['cce', 'Control-Break exception', '40010008'],
  ['cc', 'Control-C exception', '40010005'],
  ['dm', 'Data misaligned', '80000002'],
  ['dbce', 'Debugger command exception', '40010009', 'i'],
  ['gp', 'Guard page violation', '80000001'],
  ['ii', 'Illegal instruction', 'c000001d', 'd'],
  ['ip', 'In-page I/O error', 'c0000006'],
  ['dz', 'Integer divide-by-zero', 'c0000094'],
  ['iov', 'Integer overflow', 'c0000095'],
  ['ch', 'Invalid handle', 'c0000008'],
  ['lsq', 'Invalid lock sequence', 'c000001e'],
  ['isc', 'Invalid system call', 'c000001c'],
  ['3c', 'Port disconnected', 'c0000037', 'd'],
  ['svh', 'Service hang', 'cffffffe'],
  ['sse', 'Single step exception', '80000004'],
  ['sbo', 'Security check failure or stack buffer overrun', 'c0000409'],
  ['sov', 'Stack overflow', 'c00000fd'],
  ['vs', 'Verifier stop', 'c0000421'],
  ['vcpp', 'Visual C++ exception', '406d1388', 'i'],
  ['wkd', 'Wake debugger', '80000007'],
  ['rto', 'Windows Runtime Originate Error', '40080201', 'd'],
  ['rtt', 'Windows Runtime Transform Error', '40080202', 'd'],
  ['wob', 'WOW64 breakpoint', '4000001f'],
  ['wos', 'WOW64 single step exception', '4000001e'],
  ['*', 'Other exception', '', 'd'],
];

/** Exceptions that count as handled by the debugger when nothing else is said. Source: the same. */
const HANDLED = new Set(['bpe', 'cce', 'cc', 'clrn', 'dbce', 'sse', 'vcpp', 'wob', 'wos']);

export const EXCEPTION_KINDS: readonly ExceptionKind[] = EXCEPTION_ROWS.map(([name, title, code, mode = 'e']) => ({
  name,
  title,
  code,
  mode,
  handled: HANDLED.has(name),
}));

/** Names that only set whether an exception is handled. */
export const CONTINUE_NAMES: Readonly<Record<string, string>> = { bpec: 'bpe', ssec: 'sse', hc: 'ch' };

/** As the engine of today begins. It prints nothing of an image that is loaded all the same, where nobody has asked for it. */
export const EVENT_KINDS: readonly EventKind[] = [
  { name: 'ct', title: 'Create thread', mode: 'i' },
  { name: 'et', title: 'Exit thread', mode: 'i' },
  { name: 'cpr', title: 'Create process', mode: 'i' },
  { name: 'epr', title: 'Exit process', mode: 'i' },
  { name: 'ld', title: 'Load module', mode: 'n' },
  { name: 'ud', title: 'Unload module', mode: 'i' },
  { name: 'ser', title: 'System error', mode: 'i' },
  { name: 'ibp', title: 'Initial breakpoint', mode: 'i' },
  { name: 'iml', title: 'Initial module load', mode: 'i' },
  { name: 'out', title: 'Debuggee output', mode: 'n' },
];

/** The name of an exception, as kd writes it in front of its code. */
export function exceptionTitle(code: string): string | undefined {
  return EXCEPTION_KINDS.find((each) => each.code === code.toLowerCase())?.title;
}

/** How `sx` says each of them. */
export const MODES: Readonly<Record<FilterMode, string>> = {
  e: 'break',
  d: 'second-chance break',
  n: 'output',
  i: 'ignore',
};

/** What one row of `sx` shows. */
export interface FilterRow {
  readonly name: string;
  readonly title: string;
  readonly mode: FilterMode;
  /** Undefined for what is no exception. */
  readonly handled?: boolean | undefined;
  readonly argument?: string | undefined;
  readonly command?: string | undefined;
  readonly secondCommand?: string | undefined;
}

/** Exceptions whose handling has a row and a name of its own, as 10.0.29507 lists them. */
const CONTINUED: Readonly<Record<string, readonly [shown: string, name: string]>> = {
  bpe: ['bpe', 'bpec'],
  cce: ['cce', 'cc'],
  cc: ['cce', 'cc'],
  ch: ['ch', 'hc'],
  sse: ['sse', 'ssec'],
};

/** `  av - Access violation - break - not handled`, and below it what else is set. */
export function formatFilter(row: FilterRow): string[] {
  const { name, title, mode, handled, argument, command, secondCommand } = row;
  const state = handled === undefined ? '' : ` - ${handled ? 'handled' : 'not handled'}`;
  const [shown, further] = CONTINUED[name] ?? [name, undefined];
  return [
    `${shown.padStart(4)} - ${title} - ${MODES[mode]}${further === undefined ? state : ''}`,
    ...(argument === undefined ? [] : [`       (only break for ${argument})`]),
    ...(command === undefined ? [] : [`       Command: "${command}"`]),
    ...(secondCommand === undefined ? [] : [`       Second command: "${secondCommand}"`]),
    ...(further === undefined ? [] : [`${further.padStart(4)} - ${title} continue${state}`]),
  ];
}
