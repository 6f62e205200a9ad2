import type { HitAggregator } from '../hit-aggregator.js';
import type { Scanner } from '../scanner/scanner.js';
import type { StopNotes } from './stop-notes.js';

/** Moves the hits that the scanner has closed into the ledger. */
export class HitIntake {
  constructor(
    private readonly scanner: Scanner,
    private readonly ledger: HitAggregator,
    private readonly notes: StopNotes,
  ) {
    this.#agreeOnStretches();
  }

  /** Takes all hits that are closed. */
  take(): void {
    this.#agreeOnStretches();
    this.scanner.take(
      (hit) => this.ledger.add(hit, this.notes.of(hit)),
      (hit) => this.ledger.setNewest(hit, this.notes.of(hit)),
    );
    this.notes.taken();
  }

  /** The scanner adds up hits within the stretches of the log that the ledger counts in. */
  #agreeOnStretches(): void {
    this.scanner.code.stretch.value = Math.log2(this.ledger.positions.width);
  }
}
