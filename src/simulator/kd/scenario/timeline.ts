import type { SimulatorClock } from '../../clock.js';
import type { TimelineEvent } from './scenario.js';

/** What a timeline event can wait for. */
export type Trigger = TimelineEvent['on'];

/** Fires the scenario's events: each after its trigger, then so many hits, then so many milliseconds. */
export class Timeline {
  /** Hits that a triggered event still waits for, by its place in the file. */
  readonly #awaited = new Map<number, number>();
  readonly #pending = new Set<number>();

  /** @param fired how often each event has happened to this target; kept with its books */
  constructor(
    private readonly events: readonly TimelineEvent[],
    private readonly fired: Record<string, number>,
    private readonly clock: SimulatorClock,
    private readonly apply: (event: TimelineEvent) => void,
  ) {}

  /** True when an event of that name has already happened to this target. */
  hasFired(name: TimelineEvent['event']): boolean {
    return this.events.some((event, index) => event.event === name && (this.fired[index] ?? 0) > 0);
  }

  trigger(trigger: Trigger): void {
    for (const [index, event] of this.events.entries()) {
      if (event.on !== trigger || this.#pending.has(index) || (this.fired[index] ?? 0) >= event.times) continue;
      this.#pending.add(index);
      if (event.after_hits === undefined || event.after_hits === 0) this.#schedule(index, event);
      else this.#awaited.set(index, event.after_hits);
    }
  }

  /** Hits happened. */
  hits(count: number): void {
    for (const [index, left] of this.#awaited) {
      if (left > count) this.#awaited.set(index, left - count);
      else {
        this.#awaited.delete(index);
        this.#schedule(index, this.events[index] as TimelineEvent);
      }
    }
  }

  /** How many hits there may be until the next event wants to know. */
  hitsUntilNext(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#awaited.values());
  }

  #schedule(index: number, event: TimelineEvent): void {
    const happen = (): void => {
      this.#pending.delete(index);
      this.fired[index] = (this.fired[index] ?? 0) + 1;
      this.apply(event);
    };
    if (event.after_ms > 0) this.clock.after(event.after_ms, happen);
    else happen();
  }
}
