import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { execa } from 'execa';
import { redact } from '../../debugger/redact.js';
import { EXIT, Fault, messageOf } from '../../fault.js';
import { selfCommand } from '../../platform/self.js';
import { KERNEL_NAMES, type KernelName } from '../../simulator/machine/kernels.js';
import { kdProgram } from '../kd-program.js';
import { cable, network, type RehearsalTarget, startTarget } from '../rehearsal-target.js';
import { positiveInteger } from '../units.js';

// The command that rehearses the whole job with the program's own commands. Its simulated target is in ../rehearsal-target.ts.

interface RehearseFlags {
  readonly kd: 'sim' | 'builtin';
  readonly kernel?: KernelName;
  readonly port?: 'net';
  readonly tag: string;
  readonly scenario?: string;
  readonly hits: number;
  readonly sizes?: true;
  readonly trackFrees?: true;
  readonly out?: string;
}

const DEFAULT_SCENARIO = 'demo';

const EXAMPLES = `
Examples:
  livedebug rehearse                            Microsoft's way, with the simulated kd
  livedebug rehearse --kd builtin               the built-in kd at a simulated target that boots
  livedebug rehearse --port net                 the same over a network, as on a machine without a serial port
  livedebug rehearse --kernel 11                a kernel of Windows 11, by its PoolHitTag
  livedebug rehearse --scenario reboot --hits 100 --out rehearsal
`;

export function define(program: Command): void {
  program
    .command('rehearse')
    .description('the whole job, simulated: prepare, start, break, arm, collect, reboot, release, report')
    .addOption(
      new Option('--kd <which>', 'the simulated kd, or the built-in kd at a simulated target that boots')
        .choices(['sim', 'builtin'])
        .default('sim'),
    )
    .addOption(
      new Option('--kernel <windows>', 'whose kernel the simulated target has; implies --kd builtin (default: 7)')
        .choices(KERNEL_NAMES)
        .implies({ kd: 'builtin' }),
    )
    .addOption(
      new Option(
        '--port <way>',
        'how the simulated target is reached, net: by KDNET; implies --kd builtin (default: a cable)',
      )
        .choices(['net'])
        .implies({ kd: 'builtin' }),
    )
    .option('--tag <tag>', 'the pool tag', 'Ddk')
    .option('--scenario <name>', 'scenario of the simulated kd, or a file of your own (default: demo)')
    .option('--hits <n>', 'release after so many hits', positiveInteger, 40)
    .option('--sizes', 'let kd print size, tag and pool type of every hit')
    .option('--track-frees', 'the same, with returned addresses and frees: what is outstanding, by stack')
    .option('--out <dir>', 'where to leave kit, log and report (default: a new temporary folder)')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: RehearseFlags) => {
      process.exitCode = await rehearse(flags);
    });
}

/** Runs the program's own commands one after the other, as an operator would, and stops at the first that fails. */
async function rehearse(flags: RehearseFlags): Promise<number> {
  if (flags.kd === 'builtin' && flags.scenario !== undefined)
    throw new Fault(
      'scenario-without-sim',
      EXIT.usage,
      `The scenario "${flags.scenario}" is one of the simulated kd; the built-in kd has a simulated target.`,
      'Add --kd sim: npm start -- --kd sim --scenario NAME.',
    );
  if (flags.kd === 'sim' && flags.kernel !== undefined)
    throw new Fault(
      'kernel-without-builtin',
      EXIT.usage,
      `The kernel ${flags.kernel} is one of the simulated target, which the simulated kd does not talk to.`,
      'Leave --kd out, or add --kd builtin.',
    );
  const folder = path.resolve(flags.out ?? mkdtempSync(path.join(os.tmpdir(), 'livedebug-rehearsal-')));
  const books = path.join(folder, 'books.json');
  makeFolder(folder);
  // Before a kit is written for a job that cannot be done.
  if (flags.kd === 'sim') await kdProgram(`sim:${flags.scenario ?? DEFAULT_SCENARIO}`);
  const target = flags.kd === 'builtin' ? await simulatedTarget(flags, books) : undefined;
  try {
    const failed = await doTheJob(flags, folder, books, target);
    if (failed !== EXIT.done) return failed;
  } finally {
    await target?.end();
  }
  return audit(books, folder);
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new Fault(
      'out-not-a-folder',
      EXIT.usage,
      `The folder '${folder}' cannot be made: ${messageOf(error)}.`,
      'Name another place with --out.',
      { cause: error },
    );
  }
}

async function doTheJob(
  flags: RehearseFlags,
  folder: string,
  books: string,
  target: RehearsalTarget | undefined,
): Promise<number> {
  const run = path.join(folder, 'run');
  const port = ['--port', 'com1', '--baud', '115200'];
  const tag = ['--tag', flags.tag];
  const kd = target
    ? ['--kd', 'builtin', '--port', target.port, '--symbols', target.symbols, '--image', target.kernel]
    : ['--kd', `sim:${flags.scenario ?? DEFAULT_SCENARIO}`, ...port];
  const steps = [
    ['target', 'prepare', ...tag, '--os', 'vista+', ...port, '--out', path.join(folder, 'kit')],
    [
      'start',
      ...tag,
      ...kd,
      '--pipe',
      `rehearsal-${process.pid}`,
      '--break',
      flags.port ? 'now' : 'connected',
      '--max-hits',
      String(flags.hits),
      '--run-dir',
      run,
      ...(flags.trackFrees ? ['--track-frees'] : flags.sizes ? ['--sizes'] : []),
    ],
    ['report', path.join(run, 'debug.log')],
  ];
  const env = { LIVEDEBUG_SIM_BOOKS: books, LIVEDEBUG_HOME: path.join(folder, 'home') };
  for (const words of steps) {
    printCommand(words);
    const exitCode = await runOurselves(words, env);
    if (exitCode !== EXIT.done) return exitCode;
  }
  return EXIT.done;
}

/** A simulated target in a process of its own, which boots as soon as a debugger is there to see it. */
async function simulatedTarget({ tag, kernel, port }: RehearseFlags, books: string): Promise<RehearsalTarget> {
  const way = port === 'net' ? await network() : cable();
  const words = ['simulate', 'target', '--listen', way.place, '--tag', tag, '--books', books, ...way.life];
  if (kernel !== undefined) words.push('--kernel', kernel);
  words.push('--hits-per-second', '20');
  printCommand(words, ' &');
  return startTarget(way, words, kernel);
}

// Ctrl+C belongs to the command that runs: it releases, and its exit code tells.
async function runOurselves(words: readonly string[], env: Record<string, string>): Promise<number> {
  const { command, args } = selfCommand(...words);
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  const { exitCode } = await execa(command, args, { stdio: 'inherit', env, reject: false });
  process.off('SIGINT', ignore);
  return exitCode ?? EXIT.fault;
}

/** What the simulated target has to say about how it was treated. */
function audit(books: string, folder: string): number {
  const { halted_ms, hits, hits_lost, breaks, violations } = JSON.parse(readFileSync(books, 'utf8')) as {
    halted_ms: number;
    hits: number;
    /** The simulated kd has no kernel that counts by itself. */
    hits_lost?: number;
    breaks: number;
    violations: readonly { text: string }[];
  };
  process.stderr.write(
    `\nThe simulated target's books: ${breaks} break-ins, ${hits} hits, ${Math.round(halted_ms)} ms halted, ${violations.length} violations.\nEverything is in ${folder}\n`,
  );
  for (const { text } of violations) process.stderr.write(`  violation: ${text}\n`);
  if (hits_lost) process.stderr.write(`  ${hits_lost} uses of the tag went by without a stop\n`);
  return violations.length === 0 && !hits_lost ? EXIT.done : EXIT.fault;
}

/** As somebody would type it. */
function printCommand(words: readonly string[], behind = ''): void {
  process.stderr.write(`\n$ livedebug ${words.map(shown).join(' ')}${behind}\n`);
}

function shown(word: string): string {
  const text = redact(word);
  return /[\s']/.test(text) ? `'${text}'` : text;
}
