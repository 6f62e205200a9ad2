import { packetBytes } from '../wire/packet.js';

// Counts what stops cost in bytes, packets and time. Nothing is decided by it.

/** What a link counts, and what one stop took of it. */
export interface Counted {
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly packetsOut: number;
  readonly packetsIn: number;
}

/** One stop, from its report until the target was seen to go on; a step off a breakpoint belongs to it. */
export interface StopCost {
  readonly bytes: number;
  readonly packets: number;
  readonly haltedMs: number;
}

/** The acknowledgement of a packet, which has gone out before that is told of. Bytes. */
const ACKNOWLEDGEMENT = 16;
/** Stops that are remembered. */
const MEMORY = 1000;

interface Reading extends StopCost {
  readonly stops: number;
}

/** What the last stops cost on the line, and how long the target stood still for each. */
export class StopCosts {
  #begun: StopCost | undefined;
  readonly #last: StopCost[] = [];
  #stops = 0;

  /** @param halted gives the milliseconds that the target has stood still so far */
  constructor(
    private readonly counted: () => Counted,
    private readonly halted: () => number,
  ) {}

  /** A report has come. @param payload its bytes, which are part of the stop */
  reported(payload: number): void {
    if (this.#begun) return;
    const { bytes, packets, haltedMs } = this.#now();
    this.#begun = { bytes: bytes - packetBytes(payload) - ACKNOWLEDGEMENT, packets: packets - 2, haltedMs };
  }

  /** The target goes on, for all that is known. */
  resumed(): void {
    const begun = this.#begun;
    this.#begun = undefined;
    if (!begun) return;
    const now = this.#now();
    this.#stops++;
    this.#last.push({
      bytes: now.bytes - begun.bytes,
      packets: now.packets - begun.packets,
      haltedMs: now.haltedMs - begun.haltedMs,
    });
    if (this.#last.length > MEMORY) this.#last.shift();
  }

  /** The last stop that is over. */
  get last(): StopCost | undefined {
    return this.#last.at(-1);
  }

  /** The middle of the last stops, each figure for itself, and how many there were in all. */
  get median(): Reading {
    const middle = (of: (cost: StopCost) => number): number =>
      this.#last.map(of).sort((a, b) => a - b)[this.#last.length >> 1] ?? 0;
    return {
      bytes: middle(({ bytes }) => bytes),
      packets: middle(({ packets }) => packets),
      haltedMs: middle(({ haltedMs }) => haltedMs),
      stops: this.#stops,
    };
  }

  #now(): StopCost {
    const { bytesOut, bytesIn, packetsOut, packetsIn } = this.counted();
    return { bytes: bytesOut + bytesIn, packets: packetsOut + packetsIn, haltedMs: this.halted() };
  }
}
