import { requestBreak } from '../break-in.js';
import { foreign, type SimulatedSession } from '../session-state.js';
import type { TimelineEvent } from './scenario.js';

/** An event's time has come: what concerns kd and the link happens now, what concerns the target when it runs. */
export function applyEvent(session: SimulatedSession, event: TimelineEvent): void {
  const { ends, inbox, waiter } = session;
  if (event.event === 'connect') session.online = true;
  else if (event.event === 'kd-crash') ends.crash(event.code);
  else if (event.event === 'kd-hang') ends.hang();
  else if (event.event === 'swallow-breaks') session.swallow += event.count;
  else if (event.event === 'no-process') session.refusals = event.commands ?? Number.POSITIVE_INFINITY;
  else if (event.event === 'break') requestBreak(session);
  else if (event.event === 'link-loss') loseLink(session, event.down_ms);
  else if (event.event === 'command') {
    inbox.put({ text: event.text, from: `${foreign}${event.user}` });
    if (event.breaks) requestBreak(session);
  } else session.happenings.push(event);
  waiter.notify();
}

function loseLink({ kd, waiter }: SimulatedSession, downMs: number | undefined): void {
  const { target } = kd.statistics.books;
  kd.link.set(true);
  target.unreachable = true;
  kd.statistics.touch();
  if (downMs === undefined) return;
  kd.clock.after(downMs, () => {
    target.unreachable = false;
    kd.link.set(false);
    waiter.notify();
  });
}
