import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type Launch, serverLaunch, symbolPathFrom } from '../../debugger/command-line.js';
import { type KdProgram, kdName } from '../../debugger/find-kd.js';
import { refuseUnreachable } from '../../debugger/kd-reach.js';
import { type ServerName, serverName } from '../../debugger/server-name.js';
import { DEFAULT_BAUD, describeTransport, parseTransport } from '../../debugger/transport.js';
import { EXIT, Fault, messageOf, systemCode } from '../../fault.js';
import type { WantedPdbs } from '../../kd/symbols/locate/wanted-pdbs.js';
import { selfCommand } from '../../platform/self.js';
import { preflightPort } from '../../serial/preflight.js';
import { symbolCache } from '../../session/home.js';
import { LiveSession, type LiveSessionOptions } from '../../session/live-session.js';
import { createRunDirectory } from '../../session/run-directory.js';
import { liveSession } from '../../session/sessions.js';
import { expandFiles } from '../expand-files.js';
import { printResult } from '../json-records.js';
import { kdProgram } from '../kd-program.js';
import { announcedWay } from '../session/catching-words.js';
import { classicScript } from '../session/classic-script.js';
import { startDetached } from '../session/detach.js';
import { dryRun } from '../session/dry-run.js';
import { announcedBursts } from '../session/halt-budget-options.js';
import { addSessionOptions, type SessionFlags } from '../session/options.js';
import { isSwitchedOn, planOf } from '../session/plan.js';
import { prefetch } from '../session/prefetch.js';
import { runSession } from '../session/run.js';
import { SESSION_SETTINGS } from '../session/settings.js';
import { withSettings } from '../settings.js';
import { printText } from '../terminal-text.js';
import { byteSize } from '../units.js';
import { noTag } from '../usage.js';

export interface StartFlags extends SessionFlags {
  readonly port?: string;
  readonly baud?: string | number;
  readonly symbols?: string;
  readonly image?: string | readonly string[];
  readonly dryRun?: boolean;
  readonly script?: string;
  readonly detach?: boolean;
  readonly preflight?: boolean;
}

const EXAMPLES = `
Examples:
  livedebug start --tag Ddk --port com1 --baud 115200
  livedebug start fileserver                                 a profile of livedebug.toml
  livedebug start --tag Ddk --port pipe:com_1 --break connected --max-hits 500
  livedebug start --tag Ddk --kd sim --break connected --max-hits 40      nothing attached
  livedebug start --tag Ddk --port com1 --track-frees --image ntoskrnl.exe
  livedebug start --tag Ddk --port com1 --dry-run                         show every command first
`;

export function define(program: Command): void {
  const command = program
    .command('start')
    .argument('[profile]', 'table [profiles.NAME] of the settings file, the same as --profile')
    .description('the live session: start kd, wait, break in, arm, collect, release')
    .option('--tag <tag>', 'the pool tag, as PoolMon shows it')
    .option(
      '--port <port>',
      'com1, pipe:\\\\.\\pipe\\com_1, tcp:HOST:PORT, net:port=50000,key=…, or what kd’s -k takes (default: com1)',
    )
    .option('--baud <rate>', `baud rate, the same on both ends (default: ${DEFAULT_BAUD})`)
    .option('--symbols <path>', 'symbol path (default: srv*CACHE*Microsoft’s server)')
    .option('--image <file...>', 'images of the target whose symbols are fetched before it is stopped: ntoskrnl.exe, …')
    .option(
      '--known-stacks',
      'built-in kd: read the first frames of a hit, and take the rest from stacks that began so every time before; one in 16 is read whole, and the report says the error',
    )
    .option('--dry-run', 'print the environment, the command line and what would be typed')
    .option('--script <file.cmd>', 'write the classic batch file instead of starting anything')
    .option('--detach', 'keep the session alive without this terminal')
    .option('--no-preflight', 'do not open the serial port before kd does')
    .addHelpText('after', EXAMPLES);
  addSessionOptions(command).action(async (profile: string | undefined, flags: StartFlags) => {
    process.exitCode = await start({ ...flags, ...named(profile, flags) });
  });
}

function named(profile: string | undefined, flags: StartFlags & { readonly target?: string }): { profile?: string } {
  const other = flags.profile ?? flags.target;
  if (profile === undefined || other === undefined || other === profile)
    return profile === undefined ? {} : { profile };
  throw new Fault(
    'two-profiles',
    EXIT.usage,
    `Two profiles are named: "${profile}" and "${other}".`,
    'Leave one of them out.',
  );
}

async function start(given: StartFlags): Promise<number> {
  const flags = await withSettings(given, SESSION_SETTINGS);
  if (flags.tag === undefined) throw noTag();
  const transport = parseTransport(flags.port ?? 'com1', flags.baud === undefined ? undefined : Number(flags.baud));
  const server = serverName(flags.pipe ?? 'livedebug', '.', flags.password);
  const symbolPath = symbolPathFrom(flags.symbols, symbolCache());
  if (flags.script) {
    const plan = planOf(flags, 'collect', { transport });
    const script = classicScript({ transport, server, symbolPath, plan });
    if (flags.dryRun) process.stdout.write(script.replaceAll('\r\n', '\n'));
    else writeScript(flags.script, script, flags.json === true);
    return EXIT.done;
  }
  const program = withKnownStacks(await kdProgram(flags.kd), flags);
  refuseUnreachable(program, transport);
  const plan = planOf(flags, 'collect', { transport, kd: program.kind });
  const launchWith = (kdLog: string) => serverLaunch(program, { server, transport, symbolPath, kdLog });
  if (flags.dryRun) {
    process.stdout.write(
      dryRun(launchWith('RUN-DIRECTORY/kd.log'), plan, program, { images: imagesOf(flags), symbolPath }),
    );
    return EXIT.done;
  }
  refuseSecond(server.pipe);
  if (program.kind === 'program' && transport.kind === 'net')
    say('This kd takes the key of KDNET on its command line only, where every user of this host can read it.');
  if (transport.kind === 'com' && program.kind !== 'simulated' && flags.preflight !== false)
    await preflightPort(transport.port, transport.baud);
  if (flags.detach) return startDetached(server.pipe);
  const images = imagesOf(flags);
  const missed = program.kind === 'built-in' ? await missedBefore() : undefined;
  await prefetch({ images, symbolPath, program, say, ...(missed && { missed }) });
  const place = createRunDirectory(plan.tag.text, new Date(), flags.runDir, flags.log);
  const options: LiveSessionOptions = {
    place,
    plan,
    program,
    server,
    launch: launchWith(place.kdLog),
    ...(keepsKd() && { rescue: rescueLaunch(server, flags) }),
    transport,
    ...(flags.logMax !== undefined && { logMaxBytes: byteSize(String(flags.logMax)) }),
  };
  printText(
    `kd: ${kdName(program)} (${program.foundBy}), ${describeTransport(transport)}, pipe ${server.pipe}\nRun directory: ${place.directory}`,
  );
  for (const ordered of [announcedWay(plan), announcedBursts(plan, transport)]) if (ordered !== undefined) say(ordered);
  return Number((await runSession(new LiveSession(options), flags.json === true)).exit_code);
}

function writeScript(file: string, script: string, json: boolean): void {
  try {
    writeFileSync(file, script, { encoding: 'latin1', flag: 'wx' });
  } catch (error) {
    const there = systemCode(error) === 'EEXIST';
    throw new Fault(
      'script-unwritable',
      EXIT.usage,
      there
        ? `'${file}' is there already, and is not replaced.`
        : `'${file}' could not be written: ${messageOf(error)}.`,
      'Name another file with --script.',
      { cause: error },
    );
  }
  printText(`Wrote ${file}: the classic recipe as a batch file, with what to type in its comments.`);
  if (json) printResult(EXIT.done, { script: file });
}

/** What only the built-in kd can do is one of its own arguments. */
function withKnownStacks(program: KdProgram, { knownStacks }: StartFlags): KdProgram {
  if (!isSwitchedOn(knownStacks)) return program;
  if (program.kind === 'built-in') return { ...program, args: [...program.args, '--known-stacks'] };
  throw new Fault(
    'known-stacks-of-builtin',
    EXIT.usage,
    '--known-stacks is a way of the built-in kd; this kd reads every stack whole.',
    'Add --kd builtin, or leave --known-stacks out.',
  );
}

/** The kernels' PDBs that the built-in kd looked for in vain while a target stood still. */
async function missedBefore(): Promise<WantedPdbs> {
  const { WantedPdbs } = await import('../../kd/symbols/locate/wanted-pdbs.js');
  return new WantedPdbs(symbolCache());
}

function say(line: string): void {
  printText(line);
}

/** The environment has room for one text: files with semicolons between. */
function imagesOf({ image = [] }: StartFlags): readonly string[] {
  return expandFiles(typeof image === 'string' ? image.split(';').filter(Boolean) : image);
}

// Windows ends the children of a program that dies. Elsewhere kd lives on by itself; tests try the supervisor there, too.
function keepsKd(): boolean {
  return process.platform === 'win32' || process.env.LIVEDEBUG_KEEP_KD === '1';
}

function rescueLaunch({ pipe, password }: ServerName, { kd }: StartFlags): Launch {
  return {
    ...selfCommand('rescue', '--pipe', pipe, ...(kd === undefined ? [] : ['--kd', kd])),
    env: password === undefined ? {} : { LIVEDEBUG_PASSWORD: password },
  };
}

function refuseSecond(pipe: string): void {
  const other = liveSession(pipe);
  if (!other) return;
  throw new Fault(
    'session-busy',
    EXIT.busy,
    `The session ${other.record.run} has the pipe "${pipe}" (process ${other.record.pid}).`,
    'Join it with "livedebug attach", end it with "livedebug stop", or take another --pipe and port.',
  );
}
