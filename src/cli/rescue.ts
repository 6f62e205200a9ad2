import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { clientLaunch, type Launch, serverLaunch, symbolServerPath } from '../debugger/command-line.js';
import { anyKd, type KdProgram } from '../debugger/find-kd.js';
import { endKept } from '../debugger/kept-kd.js';
import { type ServerName, serverName } from '../debugger/server-name.js';
import { DEFAULT_BAUD, describeTransport, parseTransport, type Transport } from '../debugger/transport.js';
import { hearCtrlC } from '../debugger/windows/console-event.js';
import { EXIT } from '../fault.js';
import { removeControl } from '../session/control.js';
import { symbolCache } from '../session/home.js';
import { LiveSession } from '../session/live-session.js';
import { createRunDirectory, forgetRun, keeperPipe } from '../session/run-directory.js';
import { type KnownSession, knownSessions } from '../session/sessions.js';
import { runSession } from './run-session.js';
import { addSessionOptions, planOf, SESSION_SETTINGS, type SessionFlags } from './session-options.js';
import { withSettings } from './settings.js';
import { endOf } from './stop.js';

interface RescueFlags extends SessionFlags {
  readonly server?: string;
  readonly port?: string;
  readonly baud?: string | number;
  readonly symbols?: string;
}

const HELP = `
From any wreck: breaks in, clears every breakpoint, resumes, sees the target run, leaves.
It asks a live session to release first; then it goes through the pipe of a debugging server that is
still there; then it starts a fresh kd, on the port of the session that was lost or on --port.
Microsoft's kd ends when the session that started it is killed. Its target then stops for good at the next hit, and only
a fresh kd frees it: this does. Where there is no Microsoft kd, the built-in kd does it.

Examples:
  livedebug rescue
  livedebug rescue --port com1 --baud 19200
  livedebug rescue --kd builtin --port /dev/ttyUSB0 --baud 115200
  livedebug rescue --server LAPTOP7 --pipe livedebug
`;

export function define(program: Command): void {
  const command = program
    .command('rescue')
    .description('from any wreck: get the target running, with no breakpoint in it')
    .option('--server <host>', 'host of the debugging server (default: this one)')
    .option(
      '--port <port>',
      'start a fresh kd on this port when there is no server (default: that of the lost session)',
    )
    .option('--baud <rate>', `baud rate (default: ${DEFAULT_BAUD})`)
    .option('--symbols <path>', 'symbol path')
    .addHelpText('after', HELP);
  addSessionOptions(command).action(async (flags: RescueFlags) => {
    // A keeper starts it without a console: CTRL+C, where that is what breaks in, has to reach the kd it starts.
    if (process.platform === 'win32') await hearCtrlC().catch(() => {});
    process.exitCode = await rescue(flags);
  });
}

async function rescue(given: RescueFlags): Promise<number> {
  const flags = await withSettings(given, SESSION_SETTINGS);
  const server = serverName(flags.pipe ?? 'livedebug', flags.server, flags.password);
  const here = server.host === '.' ? knownSessions().filter(({ record }) => record.pipe === server.pipe) : [];
  const live = here.find(({ standing }) => standing === 'live');
  if (live) {
    process.stderr.write(`A session is alive (process ${live.record.pid}); asking it to release.\n`);
    if ((await endOf(live)).exit_code !== EXIT.maybeHalted) return EXIT.done;
  }
  const program = anyKd(flags.kd);
  const exitCode = await rescueWith(program, server, flags, here);
  if (exitCode === EXIT.done) for (const wreck of here) await buryWreck(wreck);
  return exitCode;
}

async function rescueWith(
  program: KdProgram,
  server: ServerName,
  flags: RescueFlags,
  wrecks: readonly KnownSession[],
): Promise<number> {
  const byPipe = await freeByPipe(program, server, flags);
  if (byPipe === EXIT.done || byPipe === EXIT.interrupted) return byPipe;
  const port = flags.port ?? portOf(wrecks);
  if (port === undefined) {
    process.stderr.write(
      'The pipe was no way to the target. Name the port to start a fresh kd on it: livedebug rescue --port com1 --baud 19200\n',
    );
    return EXIT.maybeHalted;
  }
  const transport = parseTransport(port, flags.baud === undefined ? undefined : Number(flags.baud));
  process.stderr.write(`Starting a fresh kd on ${describeTransport(transport)}.\n`);
  const fresh = await free(program, server, flags, undefined, transport);
  // A port that is busy, say: whatever it was, the target has not been seen running.
  return fresh === EXIT.done || fresh === EXIT.interrupted ? fresh : EXIT.maybeHalted;
}

/** What the kd of the last session that was lost had behind its `-k`. A KDNET key is not on record. */
function portOf(wrecks: readonly KnownSession[]): string | undefined {
  const args = wrecks.at(-1)?.record.kd.args ?? [];
  const option = args[args.indexOf('-k') + 1];
  return option?.startsWith('com:') ? option : undefined;
}

function freeByPipe(program: KdProgram, server: ServerName, flags: RescueFlags): Promise<number> {
  const host = server.host === '.' ? 'this host' : server.host;
  process.stderr.write(`Trying the debugging server "${server.pipe}" on ${host}.\n`);
  return free(program, server, flags, clientLaunch(program, server), undefined);
}

async function free(
  program: KdProgram,
  server: ServerName,
  flags: RescueFlags,
  launch: Launch | undefined,
  transport: Transport | undefined,
): Promise<number> {
  const place = createRunDirectory('rescue', new Date(), flags.runDir, flags.log);
  const symbolPath = flags.symbols ?? symbolServerPath(symbolCache());
  const session = new LiveSession({
    place,
    plan: {
      ...planOf(flags, 'release', { transport, joined: launch !== undefined, kd: program.kind }),
      breakMode: { when: 'now' },
    },
    program,
    server,
    launch: launch ?? serverLaunch(program, freshServer(server, transport as Transport, symbolPath, place.kdLog)),
    ...(transport && { transport }),
  });
  return runSession(session, flags.json === true);
}

function freshServer(server: ServerName, transport: Transport, symbolPath: string, kdLog: string) {
  return { server, transport, symbolPath, kdLog };
}

/** The wreck's target is free: its kd holds the port for nothing. It is ended where it can be told that it is still that kd. */
async function buryWreck({ record }: KnownSession): Promise<void> {
  forgetRun(record.run);
  removeControl(record.run);
  const { pid } = record.kd;
  if (await endKept(keeperPipe(record.run))) {
    process.stderr.write(
      `Ended the kd of the wreck${pid === undefined ? '' : ` (process ${pid})`}; the port is free.\n`,
    );
    return;
  }
  if (pid === undefined || pid === process.pid) return;
  const commandLine = commandLineOf(pid);
  if (commandLine?.includes(`pipe=${record.pipe}`)) {
    process.kill(pid, 'SIGKILL');
    process.stderr.write(`Ended the kd of the wreck (process ${pid}); the port is free.\n`);
  } else if (process.platform !== 'linux') {
    process.stderr.write(`If kd (process ${pid}) is still open, leave it with Ctrl+B, Enter: the target is free.\n`);
  }
}

function commandLineOf(pid: number): string | undefined {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) ? readFileSync(file, 'latin1').replaceAll('\0', ' ') : undefined;
}
