import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { runClient } from '../../debugging-server/client.js';
import { Console } from '../../debugging-server/console.js';
import { share } from '../../debugging-server/share.js';
import { streamSink } from '../../debugging-server/sink.js';
import { EXIT, type ExitCode, Fault, messageOf } from '../../fault.js';
import { type KdOptions, type PipeEnd, parseKdOptions, UsageError } from '../../kd-text/kd-options.js';
import { ConsoleKeyboard } from '../console/keyboard.js';
import { Screen } from '../console/screen.js';
import { Terminal } from '../console/terminal.js';
import type { BreakpointMode } from '../control/breakpoints/breakpoint-strategy.js';
import { type Connection, connectionName, openerOf, parseConnection } from '../stream/connection.js';
import { realTimers } from '../wire/timers.js';
import { type Direction, recordWriter, traceWriter } from '../wire/trace/trace.js';
import type { KdLine } from './kd-parts.js';
import { KdRun } from './kd-run.js';
import { symbolLoader } from './symbol-loader.js';

/** What a built-in kd is started with. */
export interface KdStart {
  /** kd's own arguments. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  /** Where copies of symbol files are kept. */
  readonly symbolCache: string;
  /** Past breakpoints. */
  readonly ways?: BreakpointMode;
  /** Stacks that are known are not read whole at every hit. */
  readonly knownStacks?: boolean;
  /** File that is to say how long the target has stood still. */
  readonly haltedFile?: string | undefined;
  /** File for a packet trace. */
  readonly trace: string | undefined;
  /** File for a record of the line. */
  readonly record: string | undefined;
}

/**
 * Runs the built-in kd on this process's standard streams until somebody leaves.
 * @returns its exit code: 0 the target runs, or was never touched; 1 as well, after a fault of ours; 20 it may stand still
 * @throws Fault for arguments, a port that does not open, a trace file that cannot be written
 */
export async function runKd(start: KdStart): Promise<ExitCode> {
  const options = optionsOf(start);
  if (options.remote) return (await runClient(options.remote, options)) === 0 ? EXIT.done : EXIT.missing;
  const readers = new Console({ crlf: false, oem: false, historyBytes: options.historyKb * 1024 });
  const somebody = process.stdin.isTTY && process.stdout.isTTY && start.env.TERM !== 'dumb' && !options.noInput;
  const terminal = somebody ? new Terminal({ input: process.stdin, output: process.stdout }) : undefined;
  readers.add(terminal?.sink ?? streamSink('local', process.stdout));
  const screen = new Screen(
    (text, to) => readers.print(text, to),
    () => terminal?.clear(),
  );
  if (options.log && !options.showVersion) screen.openLog(options.log.file, { append: options.log.append });
  const banner = `livedebug Kernel Debugger Version ${start.version} ${process.arch === 'x64' ? 'AMD64' : process.arch}`;
  screen.lines(['', banner, '']);
  if (options.showVersion) return EXIT.done;
  const connection = parseConnection(options.kernel, start.env);
  const packets = connection.kind === 'net';
  const kept = [openKept('trace', start.trace, packets), openKept('record', start.record, packets)];
  const passed = (way: Direction, bytes: Uint8Array): void => {
    for (const each of kept) each.passed(way, bytes);
  };
  const settings = { symbolPath: options.symbolPath, imagePath: options.imagePath, noisy: false };
  const run = new KdRun({
    options,
    screen,
    banner,
    timers: realTimers,
    passed,
    openError: win32Text,
    line: lineOf(connection),
    ways: start.ways ?? 'usual',
    knownStacks: start.knownStacks ?? false,
    haltedFile: start.haltedFile,
    commands: initialCommands(options, screen),
    keys: (actions) => new ConsoleKeyboard(screen, options, actions, terminal),
    settings,
    loadSymbols: symbolLoader(settings, start.symbolCache, screen),
    share: options.server && ((guests) => share(options.server as PipeEnd, readers, guests)),
  });
  const failed = (error: unknown): void => run.failed(error);
  process.on('uncaughtException', failed);
  try {
    return await run.run();
  } finally {
    process.off('uncaughtException', failed);
    screen.closeLog();
    for (const each of kept) each.close();
  }
}

function optionsOf({ args, env }: KdStart): KdOptions {
  try {
    return parseKdOptions(args, env);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new Fault(
      'bad-kd-options',
      EXIT.usage,
      error.message,
      'livedebug kd takes kd.exe’s own options; see livedebug kd -?.',
    );
  }
}

interface Kept {
  passed(way: Direction, bytes: Uint8Array): void;
  close(): void;
}

/** Opens a file that keeps what passes on the line. @throws Fault */
function openKept(what: 'trace' | 'record', file: string | undefined, packets: boolean): Kept {
  if (file === undefined) return { passed: () => {}, close: () => {} };
  let descriptor: number;
  try {
    descriptor = openSync(file, 'w');
  } catch (error) {
    throw new Fault(
      `${what}-denied`,
      EXIT.missing,
      `The ${what} ${file} cannot be written: ${messageOf(error)}.`,
      'Name a file in a folder that you may write to.',
    );
  }
  // It is there to explain the worst moments: every packet is with the system before anything is done about it.
  let broken = false;
  const write = (text: string): void => {
    if (broken) return;
    try {
      writeSync(descriptor, text);
    } catch (error) {
      broken = true;
      process.stderr.write(`The ${what} ${file} ends here: ${messageOf(error)}\n`);
    }
  };
  const since = Date.now() - realTimers.now();
  const passed =
    what === 'trace'
      ? traceWriter(write, realTimers.now, packets)
      : recordWriter(write, () => since + realTimers.now(), packets);
  return { passed, close: () => closeSync(descriptor) };
}

function lineOf(connection: Connection): KdLine {
  const serial = connection.kind === 'serial';
  return {
    name: connectionName(connection),
    open: openerOf(connection),
    waits: connection.kind === 'socket' && connection.reconnect,
    // A USB adapter that was pulled out comes back.
    reopens: connection.kind !== 'socket' || connection.reconnect,
    bytesPerSecond: serial ? connection.baud / 10 : undefined,
    packets: connection.kind === 'net',
  };
}

function initialCommands(options: KdOptions, screen: Screen): string[] {
  const commands = [...options.commands];
  if (options.commandFile === undefined) return commands;
  try {
    return [...commands, ...readFileSync(options.commandFile, 'utf8').split(/\r?\n/).filter(Boolean)];
  } catch (error) {
    screen.line(`Command file execution failed: ${messageOf(error)}`);
    return commands;
  }
}

/** The number that kd's users look for. Source: "System Error Codes". */
function win32Text(error: unknown): string {
  const code = error instanceof Fault ? error.code : '';
  if (/missing$/.test(code)) return 'Win32 error 0n2';
  if (/busy$/.test(code)) return code.startsWith('pipe') ? 'Win32 error 0n231' : 'Win32 error 0n5';
  return /denied$/.test(code) ? 'Win32 error 0n5' : 'Win32 error 0n31';
}
