import { anyKd, type KdProgram } from '../debugger/find-kd.js';

/**
 * The kd that a session takes; the scenario of a simulated one is looked at before anything is made.
 * @throws Fault `kd-not-found` and the like, `scenario-unreadable`, `scenario-invalid`
 */
export async function kdProgram(kd: string | undefined): Promise<KdProgram> {
  const program = anyKd(kd);
  const scenario = program.env.LIVEDEBUG_SIM_SCENARIO;
  if (program.kind === 'simulated' && scenario !== undefined)
    (await import('../simulator/kd/scenario/scenario-load.js')).loadScenario(scenario);
  return program;
}
