import { type Command, InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../../fault.js';
import { KERNEL_NAMES } from '../../simulator/machine/kernels.js';
import { JSON_HELP, printRecord, printResult } from '../json-records.js';
import { positiveInteger } from '../units.js';
import type { TargetFlags } from './simulate-target.js';

/** Begins the line that says how a session is started at a simulated target. */
export const SESSION_AT_IT = 'A session at it: ';

const EXAMPLES = `
Examples:
  livedebug simulate scenarios
  livedebug start --tag Ddk --kd sim:reboot --break connected --max-hits 40     a session on one of them
  livedebug simulate target --listen tcp:4444 --kernel 11
  livedebug simulate target --listen net:port=50000,key=1.2.3.4 --connect localhost
  livedebug simulate target --listen unix:/tmp/com1 --state off --script switched-on --books books.json
`;

/** `livedebug simulate`: the simulated kd and its scenarios, and the simulated target. */
export function define(program: Command): void {
  const simulate = program
    .command('simulate')
    .description('a kd without hardware: kd’s command line, console text and debugging server, by scenario')
    .addHelpText('after', EXAMPLES)
    .enablePositionalOptions();
  program.enablePositionalOptions();
  simulate
    .command('kd')
    .description('behave as kd; every argument is kd’s own. LIVEDEBUG_SIM_SCENARIO=NAME|FILE, LIVEDEBUG_SIM_BOOKS=FILE')
    .argument('[args...]', 'the arguments of kd')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => {
      const { simulateKd } = await import('../../simulator/kd/run.js');
      process.exitCode = await simulateKd(args, process.env);
    });
  simulate
    .command('scenarios')
    .description('list the built-in scenarios')
    .option('--json', JSON_HELP)
    .addHelpText('after', '\nExample:\n  livedebug simulate scenarios\n')
    .action(async ({ json }: { json?: boolean }) => {
      const { loadScenario, scenarioNames } = await import('../../simulator/kd/scenario/scenario-load.js');
      list('scenario', scenarioNames(), (name) => loadScenario(name).about, json);
    });
  simulate
    .command('scripts')
    .description('list the built-in scripts of the simulated target')
    .option('--json', JSON_HELP)
    .addHelpText('after', '\nExample:\n  livedebug simulate scripts\n')
    .action(async ({ json }: { json?: boolean }) => {
      const { loadScript, scriptNames } = await import('../../simulator/stub/script/script-load.js');
      list('script', scriptNames(), (name) => loadScript(name).about, json);
    });
  simulate
    .command('check')
    .description('check a scenario file')
    .argument('<file>', 'a scenario file')
    .addHelpText('after', '\nExample:\n  livedebug simulate check my-target.toml\n')
    .action(async (file: string) => {
      const { readScenario } = await import('../../simulator/kd/scenario/scenario-load.js');
      process.stdout.write(`${file}: ${readScenario(file).about}\n`);
    });
  defineTarget(simulate);
}

function list(event: string, names: readonly string[], about: (name: string) => string, json = false): void {
  for (const name of names)
    if (json) printRecord(event, { name, about: about(name) });
    else process.stdout.write(`${name.padEnd(20)} ${about(name)}\n`);
  if (json) printResult(EXIT.done, { [`${event}s`]: names.length });
}

function defineTarget(simulate: Command): void {
  simulate
    .command('target')
    .description('a target without hardware: a small machine with the kernel’s half of the debugger protocol')
    .requiredOption('--listen <place>', 'unix:PATH, pipe:NAME, tcp:[HOST:]PORT, tty:DEVICE or net:port=N,key=w.x.y.z')
    .option(
      '--connect <host>',
      'with net: the host that the target asks; without it the target waits to be called (target=)',
    )
    .addOption(new Option('--arch <name>', 'its processors').choices(['x86', 'x64', 'arm64']).default('x64'))
    .addOption(
      new Option('--kernel <windows>', 'whose kernel it has (default: 7 on x64, 2003 on x86)').choices(KERNEL_NAMES),
    )
    .option('--personality <name>', 'KD variant to emulate: measured or windows', 'measured')
    .option('--processors <n>', 'how many, 1 to 8', processors, 1)
    .option('--tag <tag>', 'the tag of its special pool', 'Ddk ')
    .option('--baud <n>', 'speed of its serial line; 0 = as fast as it goes', wholeNumber, 0)
    .addOption(
      new Option('--state <name>', 'initial state').choices(['off', 'boot', 'running', 'halted']).default('running'),
    )
    .option(
      '--hits-per-second <n>',
      'how often its threads allocate the tag (default: 2, or what the script says)',
      rate,
    )
    .option(
      '--fault <list>',
      'inject line errors, per byte, or with net: per datagram: lose=0.01,in.flip=0.001,out.double=0.01,stale=0.1,delay=50',
    )
    .option('--seed <n>', 'random seed', wholeNumber, 1)
    .option('--books <file>', 'write statistics (JSON) to this file')
    .option('--script <name>', 'what happens to it: a built-in script, or a TOML file (fixtures/targets/README.md)')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: TargetFlags) => {
      const { simulateTarget } = await import('./simulate-target.js');
      await simulateTarget(flags);
    });
}

function processors(text: string): number {
  const count = positiveInteger(text);
  if (count > 8) throw new InvalidArgumentError('At most 8.');
  return count;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text.trim())) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}

function rate(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text.trim()) || Number(text) > 10_000)
    throw new InvalidArgumentError('Write a number up to 10000.');
  return Number(text);
}
