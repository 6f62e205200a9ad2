const MOST = 4096;

/** A time that the log tells, and where. */
export interface TimeMark {
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The times of a log: all of them while they are few, evenly thinned when they are many (`.time` at every hit). */
export class TimeMarks {
  #marks: TimeMark[] = [];
  #every = 1;
  #skipped = 0;
  #last: TimeMark | undefined;

  add(mark: TimeMark): void {
    this.#last = mark;
    if (++this.#skipped < this.#every) return;
    this.#skipped = 0;
    this.#marks.push(mark);
    if (this.#marks.length < MOST) return;
    this.#marks = this.#marks.filter((_, i) => i % 2 === 0);
    this.#every *= 2;
  }

  /** In the order of the log; the newest is always among them. */
  get all(): readonly TimeMark[] {
    return this.#last === undefined || this.#marks.at(-1) === this.#last ? this.#marks : [...this.#marks, this.#last];
  }
}
