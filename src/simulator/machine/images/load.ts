import type { Bus } from '../cpu/bus.js';
import { PAGE } from '../cpu/pages.js';
import type { PeImage } from './pe.js';

/** Maps an image: headers, sections, relocated to its base, imports bound. As on Windows, the header keeps the preferred base. */
export function loadImage(
  bus: Bus,
  pe: PeImage,
  base: number,
  resolve: (module: string, symbol: string) => number,
): void {
  const flat = Buffer.alloc(Math.ceil(pe.size / PAGE) * PAGE);
  pe.bytes.copy(flat, 0, 0, pe.headersSize);
  for (const section of pe.sections)
    pe.bytes.copy(flat, section.rva, section.fileOffset, section.fileOffset + Math.min(section.fileSize, section.size));
  relocate(flat, pe, base);
  for (const { module, name, slot } of pe.imports) {
    const target = BigInt(resolve(module, name));
    if (pe.wide) flat.writeBigInt64LE(target, slot);
    else flat.writeUInt32LE(Number(target), slot);
  }
  place(bus, base, flat.subarray(0, PAGE), false);
  for (const section of pe.sections)
    if (section.name !== '.reloc')
      place(bus, base + section.rva, flat.subarray(section.rva, pageEnd(section.rva + section.size)), section.writable);
}

function pageEnd(at: number): number {
  return Math.ceil(at / PAGE) * PAGE;
}

function relocate(flat: Buffer, pe: PeImage, base: number): void {
  const delta = BigInt(base) - pe.preferredBase;
  for (const { rva, size } of pe.relocations) {
    if (size === 8) flat.writeBigUInt64LE(BigInt.asUintN(64, flat.readBigUInt64LE(rva) + delta), rva);
    else flat.writeUInt32LE(Number(BigInt.asUintN(32, BigInt(flat.readUInt32LE(rva)) + delta)), rva);
  }
}

function place(bus: Bus, address: number, bytes: Buffer, writable: boolean): void {
  bus.map(address, bytes.length, writable);
  for (let at = 0; at < bytes.length; at += PAGE) bytes.copy(bus.page(address + at, false).bytes, 0, at, at + PAGE);
}

/** Takes away what an image needs only to start. */
export function discardInit(bus: Bus, pe: PeImage, base: number): void {
  for (const section of pe.sections) if (section.name === 'INIT') bus.unmap(base + section.rva, pageEnd(section.size));
}
