import { statSync } from 'node:fs';
import { runClient } from '../../debugging-server/client.js';
import { type KdOptions, parseKdOptions, UsageError } from '../../kd-text/kd-options.js';
import { isAlive } from '../../platform/processes.js';
import { createClock } from '../clock.js';
import { runSimulatedKd, type SimulatedKdStart } from './kd-process.js';
import type { Scenario } from './scenario/scenario.js';
import { loadScenario } from './scenario/scenario-load.js';
import { exitCodeFor } from './start-failures.js';
import { violationOfKilled } from './target/statistics.js';
import { openBooks, StatisticsWriter } from './target/statistics-writer.js';

/** Environment variables that the simulated kd has beside those of kd. */
export const SIMULATOR_ENV = {
  scenario: 'LIVEDEBUG_SIM_SCENARIO',
  books: 'LIVEDEBUG_SIM_BOOKS',
  hits: 'LIVEDEBUG_SIM_HITS',
} as const;

/** Runs the simulated kd with kd's own arguments. Gives an exit code where the process does not end by itself before. */
export async function simulateKd(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const name = env[SIMULATOR_ENV.scenario] ?? 'demo';
  const scenario = loadScenario(name);
  let options: KdOptions;
  try {
    options = parseKdOptions(args, env);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stdout.write(`kd: ${error.message}\n`);
    return exitCodeFor(0x80070057);
  }
  if (options.showVersion || options.showHelp) {
    process.stdout.write(`kd version ${scenario.kd.version}\n${options.showHelp ? help : ''}`);
    return 0;
  }
  if (options.remote) return runClient(options.remote, options);
  return runSimulatedKd(meetBooks(scenario, name, options, env));
}

const help = `usage: kd [options]
  -server <transport>  be a debugging server (must be the first argument)
  -remote <transport>  join a debugging server (must be the first argument)
  -k <transport>       com:port=com1,baud=19200 | com:pipe,port=<pipe>[,resets=0][,reconnect] | net:port=<n>,key=<key>
  -bonc  -c "<commands>"  -cf <file>  -clines <n>  -y <path>  -i <path>  -loga|-logo <file>  -noio  -myob  -v  -d  -x
`;

/** Opens the books on the target and draws from them what happened to the kd before this one. */
function meetBooks(scenario: Scenario, name: string, options: KdOptions, env: NodeJS.ProcessEnv): SimulatedKdStart {
  const file = env[SIMULATOR_ENV.books] || undefined;
  const clock = createClock(scenario.speed);
  const { books, continued } = openBooks(file, name);
  const limit = env[SIMULATOR_ENV.hits];
  const statistics = new StatisticsWriter(file, books, clock);
  const { ended, pid } = books.kd;
  const portTaken = continued && !ended && pid !== 0 && pid !== process.pid && isAlive(pid);
  const start = {
    scenario,
    options,
    clock,
    statistics,
    continued,
    portTaken,
    hitLimit: limit ? Number(limit) : undefined,
  };
  if (portTaken) return { ...start, statistics: new StatisticsWriter(undefined, books, clock) };
  if (continued && file !== undefined) settle(start, Date.now() - statSync(file).mtimeMs);
  books.kd = { pid: process.pid, ended: false, how: null };
  books.ended = false;
  statistics.save();
  return start;
}

/** What became of the target while no kd watched it. @param awayMs real milliseconds since the books were last written */
function settle({ statistics, scenario, hitLimit }: SimulatedKdStart, awayMs: number): void {
  const { books } = statistics;
  const killed = !books.kd.ended && books.kd.how !== 'hang' ? violationOfKilled(books, statistics.atMs()) : undefined;
  if (killed) books.violations.push(killed);
  const rate = scenario.hits.per_second === 'max' ? Number.POSITIVE_INFINITY : scenario.hits.per_second;
  const limit = hitLimit ?? scenario.hits.limit ?? Number.POSITIVE_INFINITY;
  if (books.target.state === 'halted') books.halted_ms += awayMs;
  else if (
    statistics.armed &&
    books.target.state === 'running' &&
    books.hits < limit &&
    awayMs * scenario.speed * rate > 1000
  ) {
    // An armed target without a debugger stands still at its next hit.
    Object.assign(books.target, { state: 'halted' });
    Object.assign(books.carried, { stop: 'orphan', stop_at: null });
  }
  books.target.unreachable = false;
}
