import type { FrameLayout } from '../../kd-text/frames/frames.js';

/** Steps of a shape in the scanner's memory: sixteen literal bytes, sixteen that say where they count, sixteen for digits. */
const STEP = 48;

/**
 * Writes what stands before a call site as a shape: digits where the line has addresses, and all other bytes as they are.
 * @param prefix the bytes before the call site
 * @param to where the steps go; all zero so far
 */
export function writeShape(prefix: Uint8Array, layout: FrameLayout, to: Uint8Array): void {
  for (const [at, byte] of prefix.entries()) {
    const step = Math.floor(at / 16) * STEP + (at % 16);
    if (at < layout.digitsEnd && isDigit(byte)) to[step + 32] = 0xff;
    else {
      to[step] = byte;
      to[step + 16] = 0xff;
    }
  }
}

export function shapeBytes(length: number): number {
  return Math.ceil(length / 16) * STEP;
}

/** Where each of the four arguments stands in a line of this layout, -1 for those that it does not have. */
export function argumentPlaces(layout: FrameLayout): readonly number[] {
  return Array.from({ length: 4 }, (_, i) =>
    layout.args < 0 || i >= layout.argCount ? -1 : layout.args + i * (layout.argWidth + 1),
  );
}

function isDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
}
