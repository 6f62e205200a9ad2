import type { KnownStackCounts } from '../../kd-text/frames/known-stacks.js';
import { addKnownStacks } from '../known-stacks.js';
import type { LineKind } from './line-kinds.js';
import { LogModules } from './log-modules.js';
import { TimeMarks } from './time-marks.js';

/** No log is of so many targets; it may hold any number of lines that look so. */
const MOST_TARGETS = 1000;
const LONGEST_TARGET = 300;
const OTHER_TARGETS = '(others)';

/** What a log says of the session besides its hits. */
export class LogFacts {
  readonly times = new TimeMarks();
  readonly targets = new Set<string>();
  readonly modules = new LogModules();
  connections = 0;
  /** What the built-in kd has said of stacks that it knew, in order. */
  knownStacks: readonly KnownStackCounts[] = [];
  /** Hits before the banner of the newest kd. */
  #kdSince = -1;

  /** @param connected the newest kd has connected already: what comes is the middle of a log */
  constructor(private connected: boolean) {}

  add(fact: LineKind & { kind: 'fact' }, offset: number): void {
    if (fact.time !== undefined) this.times.add({ offset, at: fact.time });
    if (fact.target !== undefined) this.#addTarget(fact.target);
    if (fact.connected) this.connections++;
    if (fact.knownStacks) this.knownStacks = addKnownStacks(this.knownStacks, fact.knownStacks);
  }

  #addTarget(target: string): void {
    if (this.targets.size < MOST_TARGETS) this.targets.add(target.slice(0, LONGEST_TARGET));
    else this.targets.add(OTHER_TARGETS);
  }

  /**
   * Whether the target was reset, by the words of a kd that goes on: it says so, waits once more, or connects once more.
   * One that has only just begun waits and connects as well, and knows nothing of a reset.
   */
  tellsOfReset(line: LineKind, hits: number): boolean {
    if (line.kind === 'fact') {
      const again = line.connected === true && this.connected;
      this.connected ||= line.connected === true;
      return again;
    }
    if (line.kind !== 'anew') return false;
    const fresh = this.#kdSince === hits;
    if (line.what === 'kd') {
      this.#kdSince = hits;
      this.connected = false;
    }
    return line.what === 'reboot' || (line.what === 'waiting' && !fresh);
  }
}
