import type { Bus } from './cpu/bus.js';

/** A segment as its descriptor tells it: `access` is the descriptor's second-last word, with the upper bits of the limit left out. */
interface Segment {
  readonly selector: number;
  readonly base: number;
  readonly limit: number;
  readonly access: number;
}

const WHOLE = 0xfffff;
const FLAT = { base: 0, limit: WHOLE };

/**
 * Fills in the GDT of a processor as Windows has it. A debugger looks the code segment up: with zeros there it takes the code
 * of an x86 processor for 16-bit code.
 * @param at address of the table
 */
export function writeDescriptors(bus: Bus, wide: boolean, at: number, tss: number, pcr: number): void {
  for (const segment of wide ? x64Segments(tss) : x86Segments(tss, pcr)) write(bus, at, segment);
  // The descriptor of a 64-bit TSS goes on with the upper half of its base.
  if (wide) bus.write32(at + 0x48, Math.floor(tss / 4_294_967_296));
}

function x86Segments(tss: number, pcr: number): readonly Segment[] {
  return [
    { selector: 0x08, ...FLAT, access: 0xc09b },
    { selector: 0x10, ...FLAT, access: 0xc093 },
    { selector: 0x18, ...FLAT, access: 0xc0fb },
    { selector: 0x20, ...FLAT, access: 0xc0f3 },
    { selector: 0x28, base: tss, limit: 0x20ab, access: 0x008b },
    { selector: 0x30, base: pcr, limit: 1, access: 0xc093 },
    { selector: 0x38, base: 0x7ffdf000, limit: 0xfff, access: 0x40f3 },
  ];
}

function x64Segments(tss: number): readonly Segment[] {
  return [
    { selector: 0x10, base: 0, limit: 0, access: 0x209b },
    { selector: 0x18, ...FLAT, access: 0xc093 },
    { selector: 0x20, ...FLAT, access: 0xc0fb },
    { selector: 0x28, ...FLAT, access: 0xc0f3 },
    { selector: 0x30, base: 0, limit: 0, access: 0x20fb },
    { selector: 0x40, base: tss, limit: 0x67, access: 0x008b },
    { selector: 0x50, base: 0, limit: 0x3c00, access: 0x40f3 },
  ];
}

function write(bus: Bus, table: number, { selector, base, limit, access }: Segment): void {
  const low = base | 0;
  bus.write32(table + selector, (limit & 0xffff) | (low << 16));
  bus.write32(table + selector + 4, ((low >>> 16) & 0xff) | (access << 8) | (limit & 0xf0000) | (low & 0xff00_0000));
}
