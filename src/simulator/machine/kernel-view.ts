import type { Bus } from './cpu/bus.js';
import { PAGE } from './cpu/pages.js';

/** Of KTHREAD; State's offset comes from the kernel's KDDEBUGGER_DATA64, and SwapBusy is the byte after it. */
const NAME = 0x200;
const OFFSET_STATE = 0x2a2;
const OFFSET_CURRENT_THREAD = 0x2b4;
const READY = 1;
const WAITING = 5;

/** The kernel's variables and threads, read and written from outside as a device would. */
export class KernelView {
  readonly #state: number;
  readonly #currentThread: number;
  readonly #threads = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor(
    readonly bus: Bus,
    readonly wide: boolean,
    readonly symbol: (name: string) => number,
  ) {
    const data = symbol('KdDebuggerDataBlock');
    this.#state = bus.read16(data + OFFSET_STATE);
    this.#currentThread = bus.read16(data + OFFSET_CURRENT_THREAD);
  }

  pointer(at: number): number {
    const low = this.bus.read32(at) >>> 0;
    return this.wide ? this.bus.read32(at + 4) * 4_294_967_296 + low : low;
  }

  putPointer(at: number, value: number): void {
    this.bus.write32(at, value | 0);
    if (this.wide) this.bus.write32(at + 4, Math.floor(value / 4_294_967_296));
  }

  text(at: number): string {
    let text = '';
    for (let next = at; ; next++) {
      const code = this.bus.page(next, false).bytes[next & (PAGE - 1)] as number;
      if (code === 0) return text;
      text += String.fromCharCode(code);
    }
  }

  processorBlock(number: number): number {
    return this.pointer(this.symbol('KiProcessorBlock') + number * (this.wide ? 8 : 4));
  }

  runningThread(prcb: number): number {
    return this.pointer(prcb + this.#currentThread);
  }

  threadName(thread: number): string {
    const known = this.#names.get(thread) ?? this.text(this.pointer(thread + NAME));
    this.#names.set(thread, known);
    return known;
  }

  /** Makes a waiting thread ready; false while there is none of that name, or it is not at rest. */
  makeReady(name: string): boolean {
    const thread = this.#thread(name);
    if (thread === undefined) return false;
    const busy = this.bus.read8(thread + this.#state + 1);
    if (busy !== 0 || this.bus.read8(thread + this.#state) !== WAITING) return false;
    this.bus.write8(thread + this.#state, READY);
    return true;
  }

  #thread(name: string): number | undefined {
    const known = this.#threads.get(name);
    if (known !== undefined) return known;
    const table = this.symbol('PsThreadTable');
    for (let slot = table; ; slot += this.wide ? 8 : 4) {
      const thread = this.pointer(slot);
      if (thread === 0) return undefined;
      if (this.threadName(thread) !== name) continue;
      this.#threads.set(name, thread);
      return thread;
    }
  }
}
