import type { TargetPort } from '../line/target-link.js';

/** Packets that wait for a kernel that is busy. A network card's ring has no more either. */
const MOST = 64;

/** The receive side of a port that takes packets. Whoever takes one byte has the whole packet in `current`. */
export class PacketPort implements TargetPort {
  #waiting: Buffer[] = [];
  current: Buffer = Buffer.alloc(0);

  put(packet: Buffer): void {
    if (packet.length > 0 && this.#waiting.length < MOST) this.#waiting.push(packet);
  }

  take(): number | undefined {
    const packet = this.#waiting.shift();
    if (packet) this.current = packet;
    return packet?.[0];
  }

  clear(): void {
    this.#waiting = [];
  }
}
