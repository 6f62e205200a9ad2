import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { EXIT, type ExitCode, Fault, messageOf } from '../../fault.js';
import { WAITING_TO_RECONNECT } from '../../kd-text/banner.js';
import { type KdOptions, parseKdOptions, UsageError } from '../../kd-text/kd-options.js';
import { type Connection, connectionName, openerOf, parseConnection } from '../stream/connection.js';
import { Line } from '../stream/line.js';
import { findStanding } from '../target/attach.js';
import { KdTarget } from '../target/kd-target.js';
import { Link } from '../wire/link.js';
import { realTimers } from '../wire/timers.js';
import { type Direction, traceWriter } from '../wire/trace.js';
import { BreakRequest } from './break-request.js';
import { type EventActions, linkEvents, targetEvents } from './events.js';
import { Input } from './input.js';
import { Keyboard } from './keyboard.js';
import { type Departure, release } from './leave.js';
import { Screen } from './screen.js';
import { Shell } from './shell.js';

/** What a built-in kd is started with. */
export interface KdStart {
  /** kd's own arguments. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  /** File for a packet trace. */
  readonly trace: string | undefined;
}

/** Milliseconds for getting the target free when kd leaves. */
const RELEASE_MS = 60_000;

/**
 * Runs the built-in kd on this process's standard streams until somebody leaves.
 * @returns its exit code: 0 the target runs, or was never touched; 20 it may stand still
 * @throws Fault for arguments, a port that does not open, a trace file that cannot be written
 */
export async function runKd(start: KdStart): Promise<ExitCode> {
  const options = optionsOf(start);
  const screen = new Screen((text) => process.stdout.write(text));
  if (options.log && !options.showVersion) screen.openLog(options.log.file, options.log.append);
  screen.lines([
    '',
    `livedebug Kernel Debugger Version ${start.version} ${process.arch === 'x64' ? 'AMD64' : process.arch}`,
    '',
  ]);
  if (options.showVersion) return EXIT.done;
  const connection = parseConnection(options.kernel, start.env);
  const trace = openTrace(start.trace);
  try {
    return await new KdRun(options, screen, connection, trace.passed).run();
  } finally {
    screen.closeLog();
    trace.close();
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

function openTrace(file: string | undefined): { passed: (way: Direction, bytes: Uint8Array) => void; close(): void } {
  if (file === undefined) return { passed: () => {}, close: () => {} };
  let descriptor: number;
  try {
    descriptor = openSync(file, 'w');
  } catch (error) {
    throw new Fault(
      'trace-denied',
      EXIT.missing,
      `The trace ${file} cannot be written: ${messageOf(error)}.`,
      'Name a file in a folder that you may write to.',
    );
  }
  // The trace is there to explain the worst moments: every packet is with the system before anything is done about it.
  let broken = false;
  const write = (text: string): void => {
    if (broken) return;
    try {
      writeSync(descriptor, text);
    } catch (error) {
      broken = true;
      process.stderr.write(`The trace ${file} ends here: ${messageOf(error)}\n`);
    }
  };
  return { passed: traceWriter(write, realTimers.now), close: () => closeSync(descriptor) };
}

/** One run of the built-in kd: everything wired together. */
class KdRun {
  readonly #line: Line;
  readonly #link: Link;
  readonly #target: KdTarget;
  readonly #breaks: BreakRequest;
  readonly #shell: Shell;
  readonly #keyboard: Keyboard;
  readonly #attaching = new AbortController();
  readonly #releasing = new AbortController();
  #refused = false;
  /** What a signal asked for. */
  #exitCode: ExitCode = EXIT.done;
  #processors = 1;

  constructor(
    private readonly options: KdOptions,
    private readonly screen: Screen,
    private readonly connection: Connection,
    passed: (way: Direction, bytes: Uint8Array) => void,
  ) {
    const input = new Input();
    this.#keyboard = new Keyboard(screen, options, {
      typed: (text) => this.#shell.typed(text),
      interrupt: () => this.#interrupt(),
      leave: (how, code) => this.#leave(how, code),
      resync: () => this.#link.reset(),
      ended: () => this.#shell.inputEnded(),
    });
    const actions = this.#actions();
    this.#link = new Link(
      (bytes) => {
        passed('>', bytes);
        this.#line.write(bytes);
      },
      linkEvents(screen, actions),
      realTimers,
      { bytesPerSecond: connection.kind === 'serial' ? connection.baud / 10 : undefined },
    );
    const texts = {
      ...{ symbolPath: options.symbolPath, imagePath: options.imagePath },
      initialBreak: () => this.#keyboard.initialBreak > 0 || options.breakOnConnect,
      verbose: () => this.#keyboard.verbose,
      processors: () => this.#processors,
    };
    this.#target = new KdTarget(this.#link, targetEvents(screen, actions, texts), realTimers);
    this.#line = new Line(
      openerOf(connection),
      connection.kind === 'serial' || connection.reconnect,
      {
        bytes: (chunk) => {
          passed('<', chunk);
          this.#link.receive(chunk);
        },
        up: () => this.#up(),
        down: (why, final) => this.#down(why, final),
      },
      realTimers,
    );
    this.#breaks = new BreakRequest(this.#target, realTimers, (text) => screen.line(text));
    this.#shell = new Shell({ screen, input, target: this.#target, breaks: this.#breaks, options });
    input.putFirst(initialCommands(options, screen));
  }

  async run(): Promise<ExitCode> {
    await this.#open();
    this.screen.line(WAITING_TO_RECONNECT);
    this.#keyboard.start();
    try {
      await this.#shell.run();
      return await this.#release();
    } finally {
      this.#keyboard.stop();
      this.#attaching.abort();
      this.#breaks.giveUp();
      await this.#line.close();
      this.#link.close();
    }
  }

  async #open(): Promise<void> {
    const name = connectionName(this.connection);
    const wait = this.connection.kind === 'socket' && this.connection.reconnect;
    try {
      await this.#line.start(false);
    } catch (error) {
      if (!wait) {
        this.screen.lines([`Failed to open ${name}`, `Kernel debugger failed initialization, ${win32Text(error)}`]);
        throw error;
      }
      this.screen.line(`Waiting for pipe ${name}`);
      await this.#line.start(true);
    }
    this.screen.line(`Opened ${name}`);
  }

  #actions(): EventActions {
    return {
      stateChange: (payload, sync) => {
        this.#processors = Math.max(1, payload.length >= 12 ? payload.readUInt32LE(8) : 1);
        this.#target.stateChange(payload, sync);
      },
      begunAnew: (type) => {
        this.#target.begunAnew(type);
        this.#shell.changed();
      },
      stopped: (stop) => this.#shell.stopped(stop),
      resumed: (confirmed) => {
        this.#breaks.resumed();
        if (!confirmed)
          this.screen.line('The target has not acknowledged that it goes on: it may stand still. CTRL+C asks it.');
      },
      bootEvent: () => {
        this.#shell.changed();
        if (this.#keyboard.initialBreak > 0) this.#breaks.ask();
      },
      refused: () => {
        this.#refused = true;
        this.#shell.leave('refused');
      },
      question: () => this.#shell.question(),
    };
  }

  /** A stream is open: a target that stands already is found without stopping one that runs. */
  #up(): void {
    this.#target.lineChanged();
    this.#link.restream();
    void findStanding(this.#target, this.#attaching.signal).then((stands) => {
      if (!stands && this.options.breakOnConnect) this.#breaks.ask();
    });
  }

  #down(why: string, final: boolean): void {
    this.#target.lineChanged();
    this.#shell.changed();
    this.screen.freshLine();
    this.screen.line(`The connection to the target is gone: ${why}.`);
    if (final) this.#shell.leave('line');
    else this.screen.line(WAITING_TO_RECONNECT);
  }

  #interrupt(): void {
    if (this.#shell.leaving) this.#releasing.abort();
    else this.#shell.interrupt();
  }

  #leave(how: string, code: ExitCode | undefined): void {
    if (this.#shell.leaving) this.#releasing.abort();
    if (code !== undefined) this.#exitCode = code;
    this.#shell.leave(how);
  }

  async #release(): Promise<ExitCode> {
    const late = setTimeout(() => this.#releasing.abort(), RELEASE_MS);
    const departure = await release(this.#target, this.#breaks.pending, this.#releasing.signal);
    clearTimeout(late);
    return this.#say(departure);
  }

  #say({ disposition, why }: Departure): ExitCode {
    if (this.#refused && disposition !== 'unknown') return EXIT.missing;
    if (disposition !== 'unknown') return this.#exitCode;
    this.screen.freshLine();
    this.screen.lines([
      `THE TARGET MAY STAND STILL: ${why}.`,
      'To free it: livedebug rescue --port PORT --baud RATE, or livedebug kd, CTRL+C, bc *, g.',
    ]);
    return EXIT.maybeHalted;
  }
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
