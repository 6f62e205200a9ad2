import type { Registers } from '../../kd-text/listings/registers.js';

/** What `r` printed at the stops whose hits are not taken yet, by the number that the scanner keeps with each hit. */
export class StopNotes {
  #notes: Registers[] = [];

  /** @param open the number for the stop that the target stands at, 0 for none */
  constructor(private readonly open: { value: number }) {}

  /** @returns all that was printed at this stop */
  add(registers: Registers): Registers {
    const noted = this.#notes[this.open.value - 1];
    const all = noted ? new Map([...noted, ...registers]) : registers;
    if (noted) this.#notes[this.open.value - 1] = all;
    else this.open.value = this.#notes.push(all);
    return all;
  }

  of({ note }: { readonly note: number }): Registers | undefined {
    return note === 0 ? undefined : this.#notes[note - 1];
  }

  /** All hits are taken: only what the present stop has printed is still asked for. */
  taken(): void {
    const open = this.#notes[this.open.value - 1];
    this.#notes = open ? [open] : [];
    this.open.value = this.#notes.length;
  }
}
