/** Time as the simulated target sees it: everything that waits takes it from here. */
export interface TargetClock {
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** Calls back once, so many milliseconds later; gives a function that takes it back. */
  after(ms: number, call: () => void): () => void;
}
