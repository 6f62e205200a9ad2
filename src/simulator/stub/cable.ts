import { createRandom } from '../random.js';
import { byteMs, FaultyLine } from './line/line.js';
import { Network } from './net/network.js';
import type { StubOptions } from './stub-options.js';
import type { TargetClock } from './target-clock.js';

// The cable between host and target, both ways: a serial one or a network. What is at its ends is not here.

/** Carries bytes or datagrams, as late and as damaged as the options want it. */
export class Cable {
  readonly toTarget: FaultyLine | Network;
  readonly toHost: FaultyLine | Network;
  readonly #baud: number;

  /**
   * @param arrived takes what leaves the cable at the target's end
   * @param left takes what leaves it at the host's end
   */
  constructor(
    clock: TargetClock,
    { net, baud, faults, seed }: StubOptions,
    arrived: (bytes: Buffer) => void,
    left: (bytes: Buffer) => void,
  ) {
    this.#baud = baud;
    const [one, other] = [createRandom(seed), createRandom(seed + 1)];
    this.toTarget = net
      ? new Network(clock, faults.toTarget, one, arrived)
      : new FaultyLine(clock, baud, faults.toTarget, one, arrived);
    this.toHost = net
      ? new Network(clock, faults.toHost, other, left)
      : new FaultyLine(clock, baud, faults.toHost, other, left);
  }

  /** Puts it in or takes it out; bytes under way vanish. */
  insert(inserted: boolean): void {
    this.toTarget.out = !inserted;
    this.toHost.out = !inserted;
  }

  /** Milliseconds that so many bytes take on a serial line. */
  serialMs({ length }: Buffer): number {
    return length * byteMs(this.#baud);
  }

  clear(): void {
    this.toTarget.clear();
    this.toHost.clear();
  }
}
