import type { ImageSet, Start } from './images/image-set.js';
import type { KernelView } from './kernel-view.js';

/** Fields of BOOT_IMAGE in the kernel's ke.h: entry, base, name, user. */
const FIELDS = 4;

/** Images that the kernel's boot thread is to start, in the kernel's own array. */
export class BootQueue {
  readonly #array: number;
  readonly #count: number;
  readonly #done: number;

  constructor(
    readonly kernel: KernelView,
    readonly images: ImageSet,
  ) {
    this.#array = images.nt('IopBootImages');
    this.#count = images.nt('IopBootImageCount');
    this.#done = images.nt('IopBootImagesDone');
  }

  get pending(): boolean {
    const { bus } = this.kernel;
    return bus.read32(this.#count) !== bus.read32(this.#done);
  }

  add(name: string, { entry, base, user }: Start): void {
    const { kernel } = this;
    const width = kernel.wide ? 8 : 4;
    const count = kernel.bus.read32(this.#count);
    const slot = this.#array + count * width * FIELDS;
    const fields = [entry, base, this.images.putText(name), user ? 1 : 0];
    for (const [index, value] of fields.entries()) kernel.putPointer(slot + index * width, value);
    kernel.bus.write32(this.#count, count + 1);
  }
}
