import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { clientLaunch, type Launch, serverLaunch, symbolPathFrom } from '../../debugger/command-line.js';
import type { KdProgram } from '../../debugger/find-kd.js';
import { refuseUnreachable } from '../../debugger/kd-reach.js';
import { isHere, type ServerName } from '../../debugger/server-name.js';
import { joinedServer } from '../../debugger/server-text.js';
import { DEFAULT_BAUD, describeTransport, parseTransport, type Transport } from '../../debugger/transport.js';
import { EXIT, messageOf } from '../../fault.js';
import { KEY_VARIABLE } from '../../kd-text/kdnet-key.js';
import { claimFile } from '../../log/log-lock.js';
import { hearCtrlC } from '../../platform/windows/console-event.js';
import { sessionsDirectory, symbolCache } from '../../session/home.js';
import { LiveSession } from '../../session/live-session.js';
import type { SessionRecord } from '../../session/records.js';
import { createRunDirectory, forgetRun } from '../../session/run-directory.js';
import type { RunRecord } from '../../session/run-record.js';
import { type KnownSession, knownSessions } from '../../session/sessions.js';
import { kdProgram } from '../kd-program.js';
import { lastWords, rescueFailed } from '../session/end.js';
import { askedToEnd, listenToOperator } from '../session/operator-input.js';
import { addFileOptions, addKdOptions, type SessionFlags } from '../session/options.js';
import { cleanUpOrphan, endHanging, endOrphansKd, wasFreed } from '../session/orphaned-sessions.js';
import { planOf } from '../session/plan.js';
import { runSession } from '../session/run.js';
import { RESCUE_SETTINGS } from '../session/settings.js';
import { withSettings } from '../settings.js';
import { printText } from '../terminal-text.js';
import { endOf } from './stop.js';

interface RescueFlags extends SessionFlags {
  readonly server?: string;
  readonly port?: string;
  readonly baud?: string | number;
  readonly symbols?: string;
  readonly finishCrash?: boolean;
}

const HELP = `
From whatever state a session left: breaks in, clears every breakpoint, resumes, sees the target run, leaves.
It asks a live session to release first; then it goes through the pipe of a debugging server that is
still there; then it ends the kd of the session that was lost and starts a fresh one, on its port or on --port.
It ends with 0 when it has seen the target run free of breakpoints, and with 20 in every other case.
Microsoft's kd ends when the session that started it is killed. Its target then stops for good at the next hit, and only
a fresh kd frees it: this does. Where there is no Microsoft kd, the built-in kd does it.
A target that stands at a bug check is left so for whoever looks at the crash; --finish-crash lets it write its dump and
restart.

Examples:
  livedebug rescue
  livedebug rescue --port com1 --baud 115200
  livedebug rescue --kd builtin --port /dev/ttyUSB0 --baud 115200
  livedebug rescue --server LAPTOP7 --pipe livedebug
`;

const LOOK_EVERY_MS = 200;

export function define(program: Command): void {
  const command = program
    .command('rescue')
    .description('get the target running, with no breakpoint in it, from whatever state a session left')
    .option('--server <host>', 'host of the debugging server (default: this one), or what kd prints for its clients')
    .option(
      '--port <port>',
      'start a fresh kd on this port when there is no server (default: that of the lost session)',
    )
    .option('--baud <rate>', `baud rate (default: ${DEFAULT_BAUD})`)
    .option('--symbols <path>', 'symbol path')
    .option('--halt-limit <time>', 'let the target go when freeing it takes longer')
    .option('--finish-crash', 'let a target that stands at a bug check write its dump and restart')
    .addHelpText('after', HELP);
  addFileOptions(addKdOptions(command)).action(async (flags: RescueFlags) => {
    listenToOperator();
    // A supervisor starts it without a console: CTRL+C, where that is what breaks in, has to reach the kd it starts.
    if (process.platform === 'win32') await hearCtrlC().catch(() => {});
    process.exitCode = await rescue(flags);
  });
}

async function rescue(given: RescueFlags): Promise<number> {
  const flags = await withSettings(given, RESCUE_SETTINGS);
  const server = joinedServer(flags);
  const program = await kdProgram(flags.kd);
  const before = orphansOf(server);
  const release = await claimRescue(server);
  if (!release) return EXIT.maybeHalted;
  try {
    const orphans = orphansOf(server);
    if (before.length > 0 && orphans.length === 0 && before.every(({ record }) => wasFreed(record))) {
      printText('The other rescue, or the session itself, has freed the target meanwhile.');
      return EXIT.done;
    }
    // One that is off the list without a proof still tells where its target is.
    return await new Rescue(flags, server, orphans.length > 0 ? orphans : before, program).run();
  } finally {
    release();
  }
}

function orphansOf(server: ServerName): KnownSession[] {
  return isHere(server) ? knownSessions().filter(({ record }) => record.pipe === server.pipe) : [];
}

/** Two rescues at once would take each other's halts for their own. @returns undefined when it was asked to end meanwhile */
async function claimRescue(server: ServerName): Promise<(() => void) | undefined> {
  const name = `${server.host}-${server.pipe}`.replace(/[^\w.-]+/g, '_');
  mkdirSync(sessionsDirectory(), { recursive: true, mode: 0o700 });
  for (let waited = false; ; waited = true) {
    const claim = claimFile(path.join(sessionsDirectory(), `rescue-${name}.lock`));
    if (claim.held) return claim.release;
    if (!waited)
      process.stderr.write(
        `Another rescue${claim.owner === undefined ? '' : ` (process ${claim.owner})`} is running on this pipe; waiting for it to finish.\n`,
      );
    if (askedToEnd() !== undefined) return undefined;
    await pause(LOOK_EVERY_MS);
  }
}

/** One rescue: way after way, until the target has been seen to run. */
class Rescue {
  #why = 'it could not be reached';
  /** Code of the bug check at which the target was found. */
  #crash: string | undefined;

  constructor(
    private readonly flags: RescueFlags,
    private readonly server: ServerName,
    private readonly orphans: readonly KnownSession[],
    private readonly program: KdProgram,
  ) {}

  async run(): Promise<number> {
    const freed = await this.#tryWays();
    if (!freed) printText(rescueFailed(this.#why, this.server, this.#crash));
    return freed ? EXIT.done : EXIT.maybeHalted;
  }

  async #tryWays(): Promise<boolean> {
    for (const way of [() => this.#byItself(), () => this.#byPipe(), () => this.#byFreshKd()]) {
      if (await way()) {
        for (const { record } of this.orphans) await cleanUpOrphan(record);
        return true;
      }
      // A crash that nobody has looked at is left as it is, and so is a target whose rescuer has been asked to end.
      if (this.#crash || askedToEnd() !== undefined) return false;
    }
    return false;
  }

  /** A session that lives releases its own target. */
  async #byItself(): Promise<boolean> {
    const live = this.orphans.find(({ standing }) => standing === 'live');
    if (!live) return false;
    printText(`The session ${live.record.run} is running (process ${live.record.pid}); asking it to release.`);
    const end = await endOf(live);
    printText(`${end.run}: ${end.text}`);
    if (end.silent) await endHanging(live.record);
    return end.exit_code !== EXIT.maybeHalted && end.left === 'freed';
  }

  #byPipe(): Promise<boolean> {
    const host = isHere(this.server) ? 'this host' : this.server.host;
    printText(`Trying the debugging server "${this.server.pipe}" on ${host}.`);
    return this.#free(clientLaunch(this.program, this.server), undefined);
  }

  async #byFreshKd(): Promise<boolean> {
    const { flags } = this;
    const port = flags.port ?? portOf(this.orphans);
    if (port === undefined) {
      printText(
        'Could not reach the target through the debugging server. Name the port to start a fresh kd on it: livedebug rescue --port com1 --baud 115200, or --port net:port=50000 with the key of KDNET in LIVEDEBUG_KDNET',
      );
      return false;
    }
    const transport = parseTransport(port, flags.baud === undefined ? undefined : Number(flags.baud));
    if (!this.#reaches(transport)) return false;
    // What holds the port, and the name of the pipe, has been no way to the target.
    for (const { record } of this.orphans) await endOrphansKd(record);
    printText(`Starting a fresh kd on ${describeTransport(transport)}.`);
    return this.#free(undefined, transport);
  }

  #reaches(transport: Transport): boolean {
    try {
      refuseUnreachable(this.program, transport);
      return true;
    } catch (error) {
      this.#why = messageOf(error);
      printText(this.#why);
      return false;
    }
  }

  /** One way to the target. @returns whether it has been seen to run, free of breakpoints */
  async #free(launch: Launch | undefined, transport: Transport | undefined): Promise<boolean> {
    const { flags, server } = this;
    const program = this.program;
    const place = createRunDirectory('rescue', new Date(), flags.runDir, flags.log);
    const symbolPath = symbolPathFrom(flags.symbols, symbolCache());
    const crashed = this.orphans.find(({ record }) => record.crashed !== undefined)?.record.crashed;
    const session = new LiveSession({
      place,
      plan: {
        ...planOf(flags, 'release', { transport, joined: launch !== undefined, kd: program.kind }),
        breakMode: { when: 'now' },
        ...(flags.finishCrash && { finishesCrash: true }),
        ...(crashed !== undefined && { crashed }),
        ...(this.orphans.length > 0 && { tagLeft: this.orphans.some(({ record }) => mayHaveTag(record)) }),
      },
      program,
      server,
      launch:
        launch ?? serverLaunch(program, { server, transport: transport as Transport, symbolPath, kdLog: place.kdLog }),
      ...(transport && { transport }),
    });
    const result = await runSession(session, flags.json === true, wayWords);
    this.#why = String(result.reason);
    this.#crash = session.record.crashed;
    // The orphaned session is on the list already; one entry of it is enough.
    if (this.orphans.length > 0) forgetRun(session.record.run);
    return result.left === 'freed' && result.exit_code !== EXIT.maybeHalted;
  }
}

/** The last words of one way of several. */
function wayWords(result: SessionRecord, run: RunRecord): string {
  if (result.exit_code !== EXIT.maybeHalted) return lastWords(result, run);
  return `This way did not free the target: ${String(result.reason)}. Log: ${run.log}`;
}

/** Whether a lost session may have left its tag in PoolHitTag. Those of older versions have recorded what they were told to do. */
function mayHaveTag({ tag_in, plan }: RunRecord): boolean {
  return tag_in ?? (plan.strategy === 'pool-hit-tag' || plan.strategy === 'auto');
}

/** What the kd of the last session that was lost had behind its `-k`. A key of KDNET is not on record: without one it is of no use. */
function portOf(orphans: readonly KnownSession[]): string | undefined {
  const args = orphans.at(-1)?.record.kd.args ?? [];
  const option = args[args.indexOf('-k') + 1] ?? '';
  if (/^net:/i.test(option) && process.env[KEY_VARIABLE]) return option.replace(/,key=\*+/i, '');
  return /^(?:com|usb|1394):/i.test(option) ? option : undefined;
}
