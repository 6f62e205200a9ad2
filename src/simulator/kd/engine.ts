import { halt } from './halting.js';
import type { SimulatedStop } from './kd.js';
import { promptAt } from './prompting.js';
import { runTarget } from './running.js';
import { foundBugCheck, runBugCheck } from './scenario/run-events.js';
import { comeOnline, idle, type SimulatedSession } from './session-state.js';
import { connectLines } from './text-connect.js';

// How long a target needs to be back that was rebooting when its last debugger ended.
const stillBootingMs = 300;

/**
 * The main loop of the simulated kd: wait for the target, let it run, stop with it, do what is typed. It never comes back.
 * @param continued the books are those of an earlier kd on this target
 */
export async function runSimulatedSession(session: SimulatedSession, continued: boolean): Promise<never> {
  meetTarget(session, continued);
  session.timeline.trigger('start');
  for (;;) {
    await waitForTarget(session);
    await stayConnected(session);
  }
}

function meetTarget(session: SimulatedSession, continued: boolean): void {
  const { kd, target, timeline } = session;
  const { books } = kd.statistics;
  const { state } = kd.scenario.target;
  if (!continued) {
    books.target.state = state === 'off' ? 'waiting-boot' : state;
    if (state === 'halted') Object.assign(books.carried, { stop: 'break', stop_at: target.breakSite });
  }
  if (books.target.state === 'halted') kd.statistics.halted(books.carried.stop ?? 'orphan', books.carried.stop_at);
  if (books.target.state !== 'waiting-boot') session.online = true;
  else if (timeline.hasFired('connect')) kd.clock.after(stillBootingMs, () => comeOnline(session));
}

async function waitForTarget(session: SimulatedSession): Promise<void> {
  session.mode = 'waiting';
  while (!isReachable(session)) await idle(session, Number.POSITIVE_INFINITY);
}

function isReachable({ kd, online, breakWanted }: SimulatedSession): boolean {
  const { baud, announces } = kd.scenario.target;
  const { transport } = kd.options;
  if (!online || kd.link.down) return false;
  if (baud !== undefined && transport.kind === 'serial' && transport.baud !== baud) return false;
  const silent = announces === 'on-break' && kd.statistics.books.target.state === 'running';
  return !silent || breakWanted;
}

/** From the connection to the next reset of the target. */
async function stayConnected(session: SimulatedSession): Promise<void> {
  const { kd, timeline } = session;
  const { books } = kd.statistics;
  const wanted = session.breakWanted || kd.initialBreak > 0;
  session.firstStop = true;
  await kd.spend('connect');
  for (const line of connectLines(kd, wanted)) kd.console.line(line);
  if (books.target.state === 'waiting-boot') {
    kd.modulesKnown = true;
    for (const line of kd.scenario.target.boot_text) kd.console.line(line);
    kd.statistics.resumed();
  }
  const halted = books.target.state === 'halted';
  session.breakWanted = wanted && !halted;
  session.mode = halted ? 'halted' : 'running';
  session.target.resumed();
  timeline.trigger('connected');
  kd.statistics.save();
  await kd.console.drained();
  let next = halted ? await foundHalted(session) : await runTarget(session);
  while (next !== 'reset') {
    if ((await promptAt(session, next)) === 'reset') return;
    next = await runTarget(session);
  }
}

/** The target stood still before this kd came: it says so again. */
async function foundHalted(session: SimulatedSession): Promise<SimulatedStop> {
  const { kd, target } = session;
  const { stop, stop_at } = kd.statistics.books.carried;
  if (kd.statistics.books.target.dead) return runBugCheck(session, foundBugCheck);
  const reason = stop === 'break' ? 'int3' : stop === 'hit' || stop === null ? 'orphan' : stop;
  const found = target.stopAt(reason, stop_at ?? target.trapSite);
  await halt(session, found);
  return found;
}
