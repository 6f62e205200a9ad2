import type { LineKind } from './line-kinds.js';
import { TimeMarks } from './time-marks.js';

/** What a log says of the session besides its hits. */
export class LogFacts {
  readonly times = new TimeMarks();
  readonly targets = new Set<string>();
  connections = 0;
  /** Hits before the banner of the newest kd. */
  #kdSince = -1;

  add(fact: LineKind & { kind: 'fact' }, offset: number): void {
    if (fact.time !== undefined) this.times.add({ offset, at: fact.time });
    if (fact.target !== undefined) this.targets.add(fact.target);
    if (fact.connected) this.connections++;
  }

  /** @returns whether the target was reset; a kd that has only just begun waits as well, and knows nothing of that */
  begins({ what }: LineKind & { kind: 'anew' }, hits: number): boolean {
    const fresh = this.#kdSince === hits;
    if (what === 'kd') this.#kdSince = hits;
    return what === 'reboot' || (what === 'waiting' && !fresh);
  }
}
