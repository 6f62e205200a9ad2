import type { Bus } from './cpu/bus.js';
import { PAGE, type Page } from './cpu/pages.js';
import type { Memory } from './machine.js';

/** The bus, as its owner and debuggers see it: addresses are unsigned, and no protection holds. */
export class KernelMemory implements Memory {
  constructor(
    readonly bus: Bus,
    readonly wide: boolean,
  ) {}

  read(address: bigint, length: number): Buffer {
    return gather(length, this.#virtual(address));
  }

  write(address: bigint, bytes: Uint8Array): number {
    return scatter(bytes, this.#virtual(address));
  }

  readPhysical(address: bigint, length: number): Buffer {
    return gather(length, this.#physical(address));
  }

  writePhysical(address: bigint, bytes: Uint8Array): number {
    return scatter(bytes, this.#physical(address));
  }

  translate(address: bigint): bigint | undefined {
    const at = this.#virtual(address)(0);
    return at && BigInt(at.page.physical * PAGE + at.offset);
  }

  #virtual(address: bigint): Finder {
    const first = toNumber(address, this.wide);
    return (ahead) => {
      const at = first + ahead;
      const page = this.bus.find(at);
      return page && { page, offset: at & (PAGE - 1) };
    };
  }

  #physical(address: bigint): Finder {
    const first = Number(BigInt.asUintN(52, address));
    return (ahead) => {
      const page = this.bus.frame(Math.floor((first + ahead) / PAGE));
      return page && { page, offset: (first + ahead) % PAGE };
    };
  }
}

type Finder = (ahead: number) => { readonly page: Page; readonly offset: number } | undefined;

function gather(length: number, find: Finder): Buffer {
  const parts: Buffer[] = [];
  for (let done = 0; done < length; ) {
    const found = find(done);
    if (!found) break;
    const part = found.page.bytes.subarray(found.offset, found.offset + length - done);
    parts.push(part);
    done += part.length;
  }
  return Buffer.concat(parts);
}

function scatter(bytes: Uint8Array, find: Finder): number {
  let done = 0;
  while (done < bytes.length) {
    const found = find(done);
    if (!found) break;
    const count = Math.min(PAGE - found.offset, bytes.length - done);
    found.page.bytes.set(bytes.subarray(done, done + count), found.offset);
    found.page.changed(found.offset, count);
    done += count;
  }
  return done;
}

/** An unsigned address as the bus has it: canonical ones of x64 are signed. */
export function toNumber(address: bigint, wide: boolean): number {
  return wide ? Number(BigInt.asIntN(64, address)) : Number(BigInt.asUintN(32, address));
}

export function toAddress(at: number, wide: boolean): bigint {
  return wide ? BigInt.asUintN(64, BigInt(at)) : BigInt(at);
}
