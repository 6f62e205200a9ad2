import type { Random } from '../../random.js';
import type { LineFaults } from '../line/faults.js';
import type { TargetClock } from '../target-clock.js';

/** One direction of a network. A datagram is lost, doubled, damaged, or late and overtaken, each by its own chance. */
export class Network {
  #out = false;
  readonly #late = new Set<() => void>();

  constructor(
    private readonly clock: TargetClock,
    private readonly faults: LineFaults,
    private readonly random: Random,
    private readonly deliver: (datagram: Buffer) => void,
  ) {}

  get out(): boolean {
    return this.#out;
  }

  set out(out: boolean) {
    this.#out = out;
    if (out) this.clear();
  }

  /** Datagrams under way. */
  get underWay(): number {
    return this.#late.size;
  }

  clear(): void {
    for (const cancel of this.#late) cancel();
    this.#late.clear();
  }

  send(datagram: Uint8Array): void {
    const { lose, double, flip, late, lateMs } = this.faults;
    if (this.#out || this.#happens(lose)) return;
    const bytes = Buffer.from(datagram);
    if (bytes.length > 0 && this.#happens(flip)) {
      const at = Math.floor(this.random() * bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(this.random() * 8));
    }
    for (let times = this.#happens(double) ? 2 : 1; times > 0; times--)
      if (this.#happens(late)) this.#later(bytes, lateMs);
      else this.deliver(bytes);
  }

  #later(bytes: Buffer, ms: number): void {
    const cancel = this.clock.after(ms, () => {
      this.#late.delete(cancel);
      this.deliver(bytes);
    });
    this.#late.add(cancel);
  }

  // A chance of 0 takes nothing from the source: switching one fault on does not move the others.
  #happens(chance: number): boolean {
    return chance > 0 && this.random() < chance;
  }
}
