import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import type { Command } from 'commander';
import { execa } from 'execa';
import { symbolPathFrom } from '../../debugger/command-line.js';
import { anyKd, type KdProgram } from '../../debugger/find-kd.js';
import { refuseUnreachable } from '../../debugger/kd-reach.js';
import { serverName } from '../../debugger/server-name.js';
import { describeTransport, parseTransport } from '../../debugger/transport.js';
import { EXIT, Fault, messageOf } from '../../fault.js';
import { listPorts } from '../../serial/list-ports.js';
import { preflightPort } from '../../serial/preflight.js';
import { homeDirectory, symbolCache } from '../../session/home.js';
import { knownSessions } from '../../session/sessions.js';
import { JSON_HELP, printRecord, printResult } from '../json-records.js';
import { kdProgram } from '../kd-program.js';
import { CONFIG_HELP, olderProfile, PROFILE_HELP, withSettings } from '../settings.js';
import { duration, formatBytes } from '../units.js';

interface DoctorFlags {
  readonly kd?: string;
  readonly port?: string;
  readonly baud?: string | number;
  readonly pipe?: string;
  readonly symbols?: string;
  readonly json?: boolean;
  readonly live?: boolean;
  readonly listen?: number;
  readonly config?: string;
  readonly profile?: string;
}

interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
  readonly remedy?: string;
  /** What came to a port of KDNET. */
  readonly heard?: object;
}

const EXAMPLES = `
Examples:
  livedebug doctor
  livedebug doctor --kd builtin --port com1 --baud 115200
  livedebug doctor --port net:port=50000        listens for a target; the key is in LIVEDEBUG_KDNET, or behind ,key=
  livedebug doctor --live                       starts this host's kd, joins it and ends it
`;

/** Days of hits fill a log; below this a session is likely to end by a full disk. */
const LITTLE_DISK = 2e9;

export function define(program: Command): void {
  program
    .command('doctor')
    .description('what is missing for a session on this host, each with its remedy')
    .option('--kd <path>', 'kd.exe, builtin, or sim')
    .option('--port <port>', 'the port that start will use')
    .option('--baud <rate>', 'its baud rate')
    .option('--pipe <name>', 'the pipe that start will use')
    .option('--symbols <path>', 'the symbol path that start will use')
    .option('--json', JSON_HELP)
    .option('--live', 'try this kd for real; with --port also every way to break in, on a target that may be halted')
    .option('--listen <time>', 'with --port net:… how long to listen for a target (default: 10s)', duration)
    .option('--config <file>', CONFIG_HELP)
    .option('--profile <name>', PROFILE_HELP)
    .addOption(olderProfile())
    .addHelpText('after', EXAMPLES)
    .action(async (flags: DoctorFlags) => {
      process.exitCode = await doctor(await withSettings(flags, ['kd', 'port', 'baud', 'pipe', 'symbols']));
    });
}

async function doctor(flags: DoctorFlags): Promise<number> {
  const findings: Finding[] = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    const finding = { name, ...(await outcome(() => check(flags))) };
    findings.push(finding);
    if (flags.json) printRecord('check', finding);
    else process.stdout.write(line(finding));
  }
  if (flags.live && !flags.json) {
    const { doctorLive } = await import('./doctor-live.js');
    findings.push({ name: 'live', ok: await doctorLive(flags), text: '' });
  }
  const missing = findings.filter(({ ok }) => !ok).length;
  const exitCode = missing === 0 ? EXIT.done : EXIT.missing;
  if (flags.json) printResult(exitCode, { missing });
  return exitCode;
}

type Outcome = Omit<Finding, 'name'>;
type Check = () => Promise<string | Outcome> | string;

async function outcome(check: Check): Promise<Outcome> {
  try {
    const found = await check();
    return typeof found === 'string' ? { ok: true, text: found } : found;
  } catch (error) {
    return { ok: false, text: messageOf(error), ...(error instanceof Fault && { remedy: error.remedy }) };
  }
}

function line({ name, ok, text, remedy }: Finding): string {
  return `${ok ? 'ok     ' : 'MISSING'} ${name.padEnd(8)} ${text}\n${remedy ? `${' '.repeat(17)}${remedy}\n` : ''}`;
}

const CHECKS: Readonly<Record<string, (flags: DoctorFlags) => ReturnType<Check>>> = {
  node: () => `Node ${process.version} on ${process.platform} ${process.arch}`,
  kd: async (flags) => {
    const kd = await kdProgram(flags.kd);
    return `${await versionOf(kd)} (${kd.foundBy})`;
  },
  port: async (flags) => {
    const transport = parseTransport(flags.port ?? 'com1', flags.baud === undefined ? undefined : Number(flags.baud));
    if (transport.kind !== 'com') refuseUnreachable(anyKd(flags.kd), transport);
    else if (!/^sim(:|$)/.test(flags.kd ?? process.env.LIVEDEBUG_KD ?? ''))
      await preflightPort(transport.port, transport.baud);
    if (transport.kind !== 'net') return describeTransport(transport);
    const { LISTEN_MS, listenAt } = await import('./doctor-net.js');
    return listenAt(transport.options, flags.listen ?? LISTEN_MS);
  },
  ports: async () => (await listPorts()).map(({ path }) => path).join(', ') || 'no serial port on this host',
  pipe: (flags) => {
    const { pipe } = serverName(flags.pipe ?? 'livedebug');
    const holder = knownSessions().find(({ record }) => record.pipe === pipe);
    if (holder) throw pipeTaken(pipe, holder.record.pid);
    return `${pipe} is not used by a session of this host`;
  },
  symbols: (flags) => {
    writable(symbolCache());
    return symbolPathFrom(flags.symbols, symbolCache());
  },
  disk: () => {
    writable(homeDirectory());
    const { bavail, bsize } = statfsSync(homeDirectory());
    const free = bavail * bsize;
    if (free < LITTLE_DISK) throw littleDisk(free);
    return `${formatBytes(free)} free at ${homeDirectory()}`;
  },
};

async function versionOf(kd: KdProgram): Promise<string> {
  if (kd.kind === 'simulated') return 'the simulated kd';
  if (kd.kind === 'built-in') return 'the built-in kd';
  const { stdout, failed, shortMessage } = await execa(kd.command, ['-version'], {
    stdin: 'ignore',
    timeout: 10_000,
    reject: false,
  });
  const version = /\d+\.\d+[\d.]*/.exec(stdout)?.[0];
  if (version === undefined && failed) return `${kd.command}, whose version could not be asked: ${shortMessage}`;
  return `${kd.command} ${version ?? ''}`.trim();
}

function writable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new Fault(
      'not-writable',
      EXIT.missing,
      `${folder}: ${messageOf(error)}.`,
      'Set LIVEDEBUG_HOME to a folder of yours.',
    );
  }
}

function littleDisk(free: number): Fault {
  return new Fault(
    'little-disk',
    EXIT.missing,
    `Only ${formatBytes(free)} are free.`,
    'Free some space, or use --run-dir or --log on another disk.',
  );
}

function pipeTaken(pipe: string, pid: number): Fault {
  return new Fault(
    'pipe-taken',
    EXIT.busy,
    `${pipe} belongs to a session (process ${pid}).`,
    'See "livedebug status"; end it with "livedebug stop" or "livedebug rescue".',
  );
}
