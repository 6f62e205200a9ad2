import type { Link } from '../../wire/link.js';
import { PACKET, packetBytes } from '../../wire/packet.js';
import type { Timers } from '../../wire/timers.js';
import type { StateChange } from '../state-change.js';

// What a target has shown of itself besides its state: that it was touched, that it boots. A sign is no proof.

/** Payload bytes of the longest report that is usual: a load-symbols stop with its path. */
const REPORT_BYTES = 340;
/** A line that is never silent carries something else than reports. */
const MOST_WAITS = 10;

/** What a target has let be seen of itself, apart from whether it stands: that is in its state. */
export class TargetActivity {
  #touched = false;
  #bootedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly link: Link,
    private readonly timers: Timers,
    private readonly bytesPerSecond = Number.POSITIVE_INFINITY,
  ) {}

  /** A stop of it was acknowledged: from then on it stands for this kd, until it is told to go on. */
  get touched(): boolean {
    return this.#touched;
  }

  /** When it last did what only a target does that boots. Before it is known, text that is no packet is the boot loader's. */
  get bootedAt(): number {
    const loader = !this.#touched && this.link.statistics.noise > 0;
    return loader ? Math.max(this.link.heardAt, this.#bootedAt) : this.#bootedAt;
  }

  /** How long the line needs for a report and what asks for it, ms. */
  get reportMs(): number {
    return (packetBytes(REPORT_BYTES) * 1000) / this.bytesPerSecond;
  }

  get now(): number {
    return this.timers.now();
  }

  /**
   * Waits until the line has been silent for so long, within reason: half a packet is on its way while it is not.
   * @param wait resolves true when there is nothing more to wait for
   */
  async idle(ms: number, wait: (ms: number) => Promise<boolean>): Promise<void> {
    for (let waits = 0; waits < MOST_WAITS; waits++) {
      const from = this.now;
      if ((await wait(waits === 0 ? ms : ms + this.reportMs)) || this.link.heardAt <= from) return;
    }
  }

  /** It has reported a stop, which was acknowledged. */
  reported({ kind }: StateChange): void {
    this.#touched = true;
    if (kind !== 'exception' && kind !== 'command') this.#bootedAt = this.now;
  }

  /** It has begun its ids anew with a packet of that type. @returns whether that shows that it runs */
  onRestart(type: number): boolean {
    // A reply can come so as well: a target that stands begins anew when nobody acknowledged it for long enough.
    const runs = type !== PACKET.stateChange64 && type !== PACKET.stateManipulate;
    if (runs) this.#bootedAt = this.now;
    return runs;
  }
}
