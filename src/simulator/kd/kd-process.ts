import { createWriteStream, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { Console } from '../../debugging-server/console.js';
import { openServer, PipeInUse } from '../../debugging-server/server.js';
import { streamSink } from '../../debugging-server/sink.js';
import { messageOf } from '../../fault.js';
import { controlKey, initialBreakTexts } from '../../kd-text/control-keys.js';
import type { KdOptions } from '../../kd-text/kd-options.js';
import { lineCutter } from '../../kd-text/line-cutter.js';
import { formatBanner, formatKdVersion, WAITING_TO_RECONNECT } from '../../kd-text/listings/banner.js';
import type { SimulatorClock } from '../clock.js';
import { createRandom } from '../random.js';
import { requestBreak } from './break-in.js';
import { choppedSink } from './chopped-sink.js';
import { type Departure, departureOf } from './departure.js';
import { runSimulatedSession } from './engine.js';
import { Inbox, local } from './inbox.js';
import { Kd } from './kd.js';
import { createLink, linkBytes, type SimulatedLink } from './link.js';
import { refuseLine } from './refusal.js';
import { retryPrinter } from './retry-lines.js';
import type { Scenario } from './scenario/scenario.js';
import { applyEvent } from './scenario/scenario-events.js';
import { newSession, type SimulatedSession } from './session-state.js';
import { portFailure } from './start-failures.js';
import type { StatisticsWriter } from './target/statistics-writer.js';
import { createSymbolTable } from './target/symbol-table.js';
import { Target } from './target/target.js';
import { galleryPrologue, openedLines } from './text-connect.js';

/** What one simulated kd is made of. */
export interface SimulatedKdStart {
  readonly scenario: Scenario;
  readonly options: KdOptions;
  readonly clock: SimulatorClock;
  readonly statistics: StatisticsWriter;
  /** The books are those of an earlier kd on the same target. */
  readonly continued: boolean;
  /** Another simulated kd that lives has these books, and so this target's port. */
  readonly portTaken: boolean;
  /** Hits after which the leak stops, over what the scenario says. */
  readonly hitLimit: number | undefined;
}

/** Runs a simulated kd on this process's standard streams until it ends the process. */
export async function runSimulatedKd(start: SimulatedKdStart): Promise<never> {
  const { scenario, options, clock, statistics } = start;
  const random = createRandom(scenario.seed);
  const screen = screenOf(scenario, options);
  const output = streamSink(local, process.stdout);
  const sink = scenario.kd.chunks ? choppedSink(output, scenario.kd.chunks, random) : output;
  if (!options.noInput) screen.add(sink);
  statistics.bytesOut = () => screen.bytesOut;
  const departure = departureOf(start, screen);
  const openLog = (file: string, append: boolean): void => logTo(screen, file, append);
  if (options.log) openLog(options.log.file, options.log.append);
  const link = linkOf(start, (line) => screen.line(line));
  const kd = new Kd(scenario, options, clock, link, screen, statistics, createSymbolTable(scenario), openLog);
  const target = new Target(kd, random, start.hitLimit);
  const session = newSession({ kd, target, random, ends: departure }, (notify) => new Inbox(notify), applyEvent);
  readInput(session, departure);
  if (options.server) await openRemote(session, departure);
  await announce(start, kd, departure);
  return runSimulatedSession(session, start.continued);
}

function screenOf(scenario: Scenario, options: KdOptions): Console {
  return new Console({
    crlf: scenario.kd.line_end === 'crlf',
    oem: scenario.kd.encoding === 'oem',
    historyBytes: options.historyKb * 1024,
  });
}

function logTo(screen: Console, file: string, append: boolean): void {
  const stream = createWriteStream(file, { flags: append ? 'a' : 'w' });
  stream.once('error', (error) => screen.line(`Unable to open log file '${file}': ${messageOf(error)}`));
  screen.logTo(streamSink(file, stream));
  screen.line(`Opened log file '${file}'`);
}

function linkOf({ scenario, options, clock }: SimulatedKdStart, print: (line: string) => void): SimulatedLink {
  const { transport } = options;
  const bytes = { ...linkBytes[scenario.target.architecture], ...withoutGaps(scenario.link.bytes) };
  // A virtual machine's pipe was measured at about 41 KB/s; a network link costs next to nothing.
  const rates = { serial: transport.kind === 'serial' ? transport.baud : 0, pipe: 410_000, net: 10_000_000 };
  const baud = scenario.link.cost === 'none' ? undefined : (scenario.link.baud ?? rates[transport.kind]);
  const talk: () => void = retryPrinter(clock, scenario.link.retry_line_ms, () => link.down, print);
  const link: SimulatedLink = createLink(clock, bytes, baud, talk);
  return link;
}

function withoutGaps<T extends object>(partial: T): { [Key in keyof T]: NonNullable<T[Key]> } {
  const known = Object.entries(partial).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [Key in keyof T]: NonNullable<T[Key]> };
}

async function announce(
  { scenario, options, clock, portTaken }: SimulatedKdStart,
  kd: Kd,
  departure: Departure,
): Promise<void> {
  const { console: screen } = kd;
  const lines = (texts: readonly string[]): void => {
    for (const text of texts) screen.line(text);
  };
  if (scenario.kd.prologue ?? kd.engine === 'today') lines(galleryPrologue(options));
  lines(formatBanner(scenario.kd.version, scenario.kd.architecture));
  const state = portTaken ? 'busy' : scenario.port.state;
  const failure = portFailure(state, options);
  if (failure) {
    lines(failure.lines);
    await departure.leave('port', failure.code);
  }
  const { appears_after_ms } = scenario.port;
  const waits = options.transport.kind === 'pipe' && options.transport.reconnect && appears_after_ms !== undefined;
  lines(openedLines(options, !waits));
  if (waits) await clock.sleep(appears_after_ms);
  screen.line(WAITING_TO_RECONNECT);
}

async function openRemote(session: SimulatedSession, departure: Departure): Promise<void> {
  const { kd } = session;
  const { console: screen, options } = kd;
  if (!options.server) return;
  const { hidden, ...end } = options.server;
  const takeAway = new Map<string, () => void>();
  try {
    const server = await openServer(
      { ...end, hidden },
      {
        joined(sink, hello, announcement) {
          sink.write(screen.history(hello.lines));
          takeAway.set(sink.id, screen.add(sink));
          screen.line(announcement);
          if (session.mode === 'halted') screen.print(kd.prompt, { only: sink.id });
          if (hello.breaks) requestBreak(session);
        },
        typed: (client, text) => typed(session, departure, client, text),
        breaks: () => requestBreak(session),
        left: (client) => takeAway.get(client)?.(),
      },
    );
    departure.beforeExit(() => server.close());
    kd.server = {
      ...server,
      end() {
        kd.server = undefined;
        void server.close();
      },
    };
    screen.line('Server started.  Client can connect with any of these command lines');
    for (const line of server.lines()) screen.line(line);
  } catch (error) {
    const code = error instanceof PipeInUse ? 0x800700e7 : 0x80004005;
    const text = error instanceof PipeInUse ? 'the pipe is in use' : messageOf(error);
    screen.line(
      `Unable to start server 'npipe:pipe=${end.pipe}' on ${hostname()}: ${text}, HRESULT 0x${code.toString(16)}`,
    );
    await departure.leave('server', code);
  }
}

function typed(session: SimulatedSession, departure: Departure, from: string, text: string): void {
  const { kd, inbox } = session;
  const key = controlKey(text);
  const early = key === undefined && session.mode === 'running' && kd.scenario.kd.reads_while_running;
  if (early) void refuseLine(kd, text, from);
  else if (key === undefined) inbox.put({ text, from });
  else if (key === 'break') requestBreak(session);
  else if (key === 'quit' && from === local) void departure.finish('ctrl-b', 0);
  else if (key === 'cycle-break') {
    kd.initialBreak = ((kd.initialBreak + 1) % 3) as typeof kd.initialBreak;
    kd.console.line(initialBreakTexts[kd.initialBreak]);
  } else if (key === 'verbose') kd.console.line('Verbose mode ON.');
  else if (key === 'version') {
    kd.console.line(formatKdVersion(kd.scenario.kd.version, kd.scenario.kd.architecture));
  }
}

function readInput(session: SimulatedSession, departure: Departure): void {
  const { inbox } = session;
  const { options, console: screen } = session.kd;
  for (const text of options.commands) inbox.put({ text, from: local });
  if (options.commandFile !== undefined) {
    for (const text of linesOf(options.commandFile, screen)) inbox.put({ text, from: local });
  }
  process.on('SIGINT', () => requestBreak(session));
  if (process.platform === 'win32') process.on('SIGBREAK', () => requestBreak(session));
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void departure.finish(signal, 143));
  if (options.noInput) return;
  const cut = lineCutter((text) => typed(session, departure, local, text));
  process.stdin.on('data', cut);
  process.stdin.on('end', () => inbox.end());
  process.stdin.on('error', () => inbox.end());
}

function linesOf(file: string, screen: Console): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/).filter(Boolean);
  } catch {
    screen.line(`Command file execution failed, Win32 error 0n2: '${file}'`);
    return [];
  }
}
