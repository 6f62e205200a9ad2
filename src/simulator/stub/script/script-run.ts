import type { StatisticsEvent } from '../statistics/stub-statistics.js';
import type { TargetClock } from '../target-clock.js';
import type { TargetStub } from '../target-stub.js';
import type { ScriptEvent } from './script.js';

interface Standing {
  readonly event: ScriptEvent;
  /** How often it may still begin. */
  left: number;
  waiting: boolean;
}

/** Lets a timeline happen to a target. @returns takes back what has not happened yet */
export function runScript(stub: TargetStub, timeline: readonly ScriptEvent[], clock: TargetClock): () => void {
  const all: Standing[] = timeline.map((event) => ({
    event,
    left: event.times ?? (event.every_ms ? Infinity : 1),
    waiting: false,
  }));
  const pending = new Set<() => void>();

  const later = (ms: number, call: () => void): void => {
    const cancel = clock.after(ms, () => {
      pending.delete(cancel);
      call();
    });
    pending.add(cancel);
  };

  const begin = (standing: Standing): void => {
    if (standing.waiting || standing.left <= 0) return;
    standing.waiting = true;
    const { after_ms, every_ms } = standing.event;
    const fire = (): void => {
      standing.left--;
      apply(stub, standing.event, later);
      if (every_ms !== undefined && standing.left > 0) later(every_ms, fire);
      else standing.waiting = false;
    };
    later(after_ms, fire);
  };

  const triggered = (what: (event: ScriptEvent) => boolean): void => {
    for (const standing of all) if (what(standing.event)) begin(standing);
  };

  stub.statistics.onEvent = (what: StatisticsEvent) => {
    const { hits } = stub.statistics.books;
    triggered((event) =>
      event.after_hits === undefined ? isFor(event.on, what, stub) : what === 'hit' && hits === event.after_hits,
    );
  };
  triggered(({ on, after_hits }) => on === 'start' && after_hits === undefined);
  return () => {
    stub.statistics.onEvent = () => undefined;
    for (const cancel of pending) cancel();
    pending.clear();
  };
}

function isFor(on: ScriptEvent['on'], what: StatisticsEvent, stub: TargetStub): boolean {
  if (on === 'connected' || on === 'halted') return what === on;
  if (what !== 'resumed') return false;
  return on === 'resume' || (on === 'armed' && stub.books.target.breakpoints > 0);
}

function apply(stub: TargetStub, event: ScriptEvent, later: (ms: number, call: () => void) => void): void {
  if (event.event === 'power-on') stub.power();
  else if (event.event === 'reboot') {
    if (event.announced) stub.happen({ event: 'reboot' });
    else stub.power();
  } else if (event.event === 'cable-out') {
    stub.cable(false);
    if (event.down_ms !== undefined) later(event.down_ms, () => stub.cable(true));
  } else if (event.event === 'die') stub.die(event.in_packet ? 'in-packet' : 'now');
  else if (event.event === 'print') stub.happen({ event: 'print', text: event.text, user: event.user });
  else if (event.event === 'prompt')
    stub.happen({ event: 'prompt', text: event.text, file: event.file, line: event.line });
  else if (event.event === 'bug-check')
    stub.happen({ event: 'bug-check', code: event.code, parameters: event.parameters.map(BigInt) });
  else stub.happen({ event: 'wake', thread: event.thread, times: event.count });
}
