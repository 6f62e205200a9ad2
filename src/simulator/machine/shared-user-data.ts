import type { Bus } from './cpu/bus.js';
import type { KernelFamily } from './kernels.js';

const SYSTEM_ROOT = 'C:\\WINDOWS';

/** Offsets in KUSER_SHARED_DATA, the same for every Windows. */
const FIELD = {
  tickCountMultiplier: 4,
  imageNumber: 0x2c,
  systemRoot: 0x30,
  productType: 0x264,
  productTypeIsValid: 0x268,
  majorVersion: 0x26c,
  minorVersion: 0x270,
  debuggerEnabled: 0x2d4,
} as const;
const [WORKSTATION, SERVER] = [1, 3];

/** Fills in what of KUSER_SHARED_DATA does not change. */
export function writeSharedData(bus: Bus, wide: boolean, at: number, { product, version }: KernelFamily): void {
  // A tick of 15.625 ms.
  bus.write32(at + FIELD.tickCountMultiplier, 0x0fa00000);
  const machine = wide ? 0x8664 : 0x14c;
  bus.write32(at + FIELD.imageNumber, machine | (machine << 16));
  for (const [index, unit] of [...SYSTEM_ROOT].entries())
    bus.write16(at + FIELD.systemRoot + index * 2, unit.charCodeAt(0));
  bus.write32(at + FIELD.productType, product === 'workstation' ? WORKSTATION : SERVER);
  bus.write8(at + FIELD.productTypeIsValid, 1);
  bus.write32(at + FIELD.majorVersion, version[0]);
  bus.write32(at + FIELD.minorVersion, version[1]);
  // KdDebuggerEnabled, and that one is there.
  bus.write8(at + FIELD.debuggerEnabled, 3);
}
