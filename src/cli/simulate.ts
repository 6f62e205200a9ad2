import type { Command } from 'commander';

/** `livedebug simulate`: the simulated kd, and its scenarios. */
export function define(program: Command): void {
  const simulate = program
    .command('simulate')
    .description('a kd without hardware: kd’s command line, console text and debugging server, by scenario')
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
      const { simulateKd } = await import('../simulator/run.js');
      process.exitCode = await simulateKd(args, process.env);
    });
  simulate
    .command('scenarios')
    .description('list the built-in scenarios')
    .option('--json', 'one JSON record per scenario')
    .action(async ({ json }: { json?: boolean }) => {
      const { loadScenario, scenarioNames } = await import('../simulator/scenario-load.js');
      for (const name of scenarioNames()) {
        const { about } = loadScenario(name);
        process.stdout.write(json ? `${JSON.stringify({ name, about })}\n` : `${name.padEnd(20)} ${about}\n`);
      }
    });
  simulate
    .command('check')
    .description('check a scenario file')
    .argument('<file>', 'a scenario file')
    .action(async (file: string) => {
      const { readScenario } = await import('../simulator/scenario-load.js');
      process.stdout.write(`${file}: ${readScenario(file).about}\n`);
    });
}
