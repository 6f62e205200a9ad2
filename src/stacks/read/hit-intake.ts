import type { HitAggregator } from '../hit-aggregator.js';
import type { Scanner } from '../scanner/scanner.js';
import type { StopNotes } from './stop-notes.js';

/** Moves the hits that the scanner has closed into the aggregator. */
export class HitIntake {
  constructor(
    private readonly scanner: Scanner,
    private readonly aggregator: HitAggregator,
    private readonly notes: StopNotes,
  ) {
    this.#agreeOnStretches();
  }

  /** Takes all hits that are closed. */
  take(): void {
    this.#agreeOnStretches();
    this.scanner.take(
      (hit) => this.aggregator.add(hit, this.notes.of(hit)),
      (hit) => this.aggregator.setNewest(hit, this.notes.of(hit)),
    );
    this.notes.taken();
  }

  /** The scanner adds up hits within the stretches of the log that the aggregator counts in. */
  #agreeOnStretches(): void {
    this.scanner.code.stretch.value = Math.log2(this.aggregator.positions.width);
  }
}
