import type { KdTarget } from '../control/kd-target.js';
import type { BreakRequest } from './break-request.js';
import type { EventFilters } from './filters.js';

/** A target that tells of an image goes on within this time, ms. */
const GOES_ON_MS = 60_000;

/** CTRL+K, `sxe ibp`, `sxe iml`: a break-in that goes out with the first image of a boot; before that nobody would take it. */
export class BootBreak {
  #done = false;

  constructor(
    private readonly target: KdTarget,
    private readonly breaks: BreakRequest,
    private readonly filters: EventFilters,
    private readonly key: () => number,
  ) {}

  get asked(): boolean {
    return this.key() > 0 || ['ibp', 'iml'].some((name) => this.filters.named(name).mode === 'e');
  }

  /** Another boot begins. */
  booted(): void {
    this.#done = false;
  }

  /** The target has loaded an image. */
  loaded(): void {
    if (this.#done || !this.asked) return;
    this.#done = true;
    const runs = (): boolean => this.target.running === 'running';
    void this.target.until(runs, GOES_ON_MS).then((running) => {
      if (running) this.breaks.ask();
    });
  }
}
