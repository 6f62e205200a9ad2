import { readFileSync } from 'node:fs';
import { type Launch, startedAgain } from '../debugger/command-line.js';
import { type KdProcess, type OnOutput, spawnKd } from '../debugger/kd-process.js';
import { startSupervisedKd } from '../debugger/supervised-kd.js';
import { parseHaltedFile } from '../kd-text/listings/halted-total.js';
import type { LiveSessionOptions } from './live-session.js';
import { supervisorPipe } from './run-directory.js';

// How the kd of a session is started: with a file for its standstill, and under a supervisor. When it is started, core/ decides;
// its command line comes from the command that was given.

type StartOptions = Pick<LiveSessionOptions, 'place' | 'plan' | 'program' | 'launch' | 'rescue'>;

/** Starts the kds of a session, one after the other, and reads what they measure. */
export class KdStarter {
  readonly #launch: Launch;
  #starts = 0;

  constructor(private readonly options: StartOptions) {
    this.#launch = measuring(options);
  }

  start(onOutput: OnOutput): KdProcess {
    const { place, rescue } = this.options;
    const launch = this.#starts++ === 0 ? this.#launch : startedAgain(this.#launch);
    const cwd = place.directory;
    if (!rescue) return spawnKd(launch, onOutput, cwd);
    const orders = { kd: launch, cwd, log: place.log, rescue, rescueLog: place.rescueLog };
    return startSupervisedKd(supervisorPipe(place.run), orders, onOutput);
  }

  /** Milliseconds that the target has stood still, as kd has measured it so far; undefined of one that does not measure. */
  get measuredMs(): number | undefined {
    try {
      return parseHaltedFile(readFileSync(this.options.place.halted, 'latin1'))?.ms;
    } catch {
      return undefined;
    }
  }
}

/** A kd of ours measures how long its target stands, and keeps a file of it. */
function measuring({ place, plan, program, launch }: StartOptions): Launch {
  if (program.kind !== 'built-in' || plan.joined) return launch;
  const own = program.args.length;
  const args = [...launch.args.slice(0, own), '--halted', place.halted, ...launch.args.slice(own)];
  return { ...launch, args };
}
