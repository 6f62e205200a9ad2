/** What kd's command line and environment ask for. */
export interface KdOptions {
  readonly server?: PipeEnd;
  readonly remote?: PipeEnd & { readonly host: string };
  readonly transport: KdTransport;
  /** The value of `-k` as it was given; undefined leaves it to the environment. */
  readonly kernel?: string;
  readonly symbolPath: string;
  readonly imagePath: string;
  readonly commands: readonly string[];
  readonly commandFile?: string;
  readonly breakOnConnect: boolean;
  readonly historyLines?: number;
  readonly historyKb: number;
  readonly noInput: boolean;
  readonly quiet: boolean;
  readonly breakOnModuleLoad: boolean;
  readonly showVersion: boolean;
  readonly showHelp: boolean;
  readonly log?: { readonly file: string; readonly append: boolean };
}

export interface PipeEnd {
  readonly pipe: string;
  readonly password?: string;
  readonly hidden: boolean;
}

/** How kd reaches the target. */
export type KdTransport =
  | { readonly kind: 'serial'; readonly port: string; readonly baud: number }
  | { readonly kind: 'pipe'; readonly port: string; readonly reconnect: boolean }
  | { readonly kind: 'net'; readonly port: string };

/** A command line that kd refuses, with kd's text. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Environment = Readonly<Record<string, string | undefined>>;
type Draft = { -readonly [Key in keyof KdOptions]: KdOptions[Key] };

/** Reads kd's arguments (each may begin with `-` or `/`) and environment. Throws a UsageError. */
export function parseKdOptions(args: readonly string[], env: Environment): KdOptions {
  const draft = fromEnvironment(env);
  for (let at = 0; at < args.length; ) at += takeOption(draft, args, at);
  return draft;
}

function fromEnvironment(env: Environment): Draft {
  const port = env._NT_DEBUG_PORT ?? 'com1';
  const log = logOf(env);
  return {
    transport: { kind: 'serial', port: portPath(port), baud: Number(env._NT_DEBUG_BAUD_RATE ?? 19200) },
    symbolPath: [env._NT_ALT_SYMBOL_PATH, env._NT_SYMBOL_PATH].filter(Boolean).join(';'),
    imagePath: '',
    commands: [],
    breakOnConnect: false,
    historyKb: Number(env._NT_DEBUG_HISTORY_SIZE ?? 512),
    noInput: false,
    quiet: env.KDQUIET !== undefined,
    breakOnModuleLoad: false,
    showVersion: false,
    showHelp: false,
    ...(log && { log }),
  };
}

function logOf(env: Environment): { file: string; append: boolean } | undefined {
  const append = env._NT_DEBUG_LOG_FILE_APPEND;
  const open = env._NT_DEBUG_LOG_FILE_OPEN;
  if (append) return { file: append, append: true };
  return open ? { file: open, append: false } : undefined;
}

const ignoredFlags = /^(?:v|n|s|sins|sflags|lines|failinc|noshell|secure|x|r|m|myob|ses|sicv|sdce)$/;
const ignoredWithValue = /^(?:cfr|wake|p|a\w+)$/;

function takeOption(draft: Draft, args: readonly string[], at: number): number {
  const option = args[at] ?? '';
  const name = /^[-/](.+)$/.exec(option)?.[1];
  if (name === undefined) throw new UsageError(`Invalid switch '${option}'`);
  const value = (): string => {
    const next = args[at + 1];
    if (next === undefined) throw new UsageError(`Option '${option}' needs an argument`);
    return next;
  };
  if (name === 'server' || name === 'remote') {
    if (at !== 0) throw new UsageError(`-${name}: must be the first argument`);
    if (name === 'server') draft.server = pipeEnd(value());
    else draft.remote = { ...pipeEnd(value()), host: fieldOf(value(), 'server') ?? '.' };
    return 2;
  }
  if (name === 'k') {
    const next = args[at + 1];
    if (next === undefined || /^[-/]/.test(next)) return 1;
    draft.kernel = next;
    draft.transport = transportOf(next, draft.transport);
    return 2;
  }
  if (/^log[ao]u?$/.test(name)) draft.log = { file: value(), append: name.startsWith('loga') };
  else if (name === 'y') draft.symbolPath = value();
  else if (name === 'i') draft.imagePath = value();
  else if (name === 'c') draft.commands = [value()];
  else if (name === 'cf') draft.commandFile = value();
  else if (name === 'clines') draft.historyLines = Number(value());
  else if (ignoredWithValue.test(name)) value();
  else return takeFlag(draft, name, option);
  return 2;
}

function takeFlag(draft: Draft, name: string, option: string): number {
  // Documented as no longer supported; the engine of today and that of 2010 break in by it all the same (measured).
  if (name === 'bonc' || name === 'b') draft.breakOnConnect = true;
  else if (name === 'noio') draft.noInput = true;
  else if (name === 'd') draft.breakOnModuleLoad = true;
  else if (name === 'version') draft.showVersion = true;
  else if (name === '?' || name === 'h') draft.showHelp = true;
  else if (!ignoredFlags.test(name)) throw new UsageError(`Invalid switch '${option.slice(1)}'`);
  if (name === 'myob') draft.quiet = true;
  return 1;
}

function fieldOf(spec: string, key: string): string | undefined {
  const parameters = spec.slice(spec.indexOf(':') + 1).split(',');
  for (const parameter of parameters) {
    const [name = '', value] = parameter.split(/=(.*)/s);
    if (name.toLowerCase() === key) return value ?? '';
  }
  return undefined;
}

function pipeEnd(spec: string): PipeEnd {
  const pipe = fieldOf(spec, 'pipe');
  if (!/^npipe:/i.test(spec) || !pipe || /[\s"]/.test(pipe)) {
    throw new UsageError(`Unable to start server: invalid transport '${spec}', HRESULT 0x80070057`);
  }
  const password = fieldOf(spec, 'password');
  return {
    pipe: pipe.replace('%d', String(process.pid)).replace('%x', process.pid.toString(16)),
    hidden: fieldOf(spec, 'hidden') !== undefined,
    ...(password !== undefined && { password }),
  };
}

function transportOf(spec: string, fallback: KdTransport): KdTransport {
  const port = fieldOf(spec, 'port');
  if (/^net:/i.test(spec)) return { kind: 'net', port: port ?? '50000' };
  // What only the built-in kd knows, and reads by itself.
  if (/^tcp:/i.test(spec)) return { kind: 'pipe', port: spec.slice('tcp:'.length), reconnect: true };
  if (!/^com:/i.test(spec)) throw new UsageError(`Invalid kernel transport '${spec}'`);
  // KD over plain TCP, which no documentation names; the engine takes it (measured), and calls it by its host alone.
  if (fieldOf(spec, 'ipport') !== undefined) return { kind: 'pipe', port: port ?? 'localhost', reconnect: true };
  if (fieldOf(spec, 'pipe') !== undefined) {
    return { kind: 'pipe', port: port ?? '\\\\.\\pipe\\com_1', reconnect: fieldOf(spec, 'reconnect') !== undefined };
  }
  const before = fallback.kind === 'serial' ? fallback : { port: '\\\\.\\com1', baud: 19200 };
  const baud = Number(fieldOf(spec, 'baud') ?? before.baud);
  if (!Number.isInteger(baud) || baud <= 0) throw new UsageError(`Invalid baud rate in '${spec}'`);
  return { kind: 'serial', port: port ? portPath(port) : before.port, baud };
}

function portPath(port: string): string {
  return /^(?:\\\\\.\\|\/)/.test(port) ? port : `\\\\.\\${port}`;
}
