import type { TargetModule } from '../control/modules.js';
import { type ByteSource, openSource } from '../symbols/bytes.js';
import { type ImageHeaders, placeOf, readImageHeaders } from '../symbols/image/image.js';
import type { TargetSymbols } from './target-symbols.js';

/** The image file of a module, open. */
export interface ImageFile {
  readonly source: ByteSource;
  readonly headers: ImageHeaders;
}

/** Image files of a target's modules that are at hand: what they hold costs the target nothing. Each is opened once. */
export class ImageFiles {
  readonly #open = new Map<bigint, Promise<ImageFile | undefined>>();
  #closed = false;

  constructor(private readonly symbols: TargetSymbols) {}

  /** @returns undefined where none is at hand, or it is no image */
  async of(module: TargetModule): Promise<ImageFile | undefined> {
    const { image } = await this.symbols.of(module, false);
    if (image === undefined || this.#closed) return undefined;
    const known = this.#open.get(module.base) ?? openImage(image);
    this.#open.set(module.base, known);
    return known;
  }

  /** Bytes of a module as its file has them: shorter, or none, where it has not. */
  async bytes(module: TargetModule, rva: number, length: number): Promise<Buffer> {
    const file = await this.of(module);
    const place = file && placeOf(file.headers, rva, false);
    return place === undefined ? Buffer.alloc(0) : (file as ImageFile).source.read(place, length);
  }

  /** Nobody walks this target's stacks any more. */
  async close(): Promise<void> {
    this.#closed = true;
    const files = await Promise.all(this.#open.values());
    this.#open.clear();
    await Promise.all(files.map((file) => file?.source.close()));
  }
}

async function openImage(image: string): Promise<ImageFile | undefined> {
  let source: ByteSource | undefined;
  try {
    source = await openSource(image);
    const headers = await readImageHeaders(source.read);
    if (headers) return { source, headers };
  } catch {
    // It was there a moment ago: the target's memory has the same.
  }
  await source?.close();
  return undefined;
}
