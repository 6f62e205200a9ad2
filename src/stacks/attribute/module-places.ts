import type { ModulePlace } from '../../kd-text/listings/modules.js';
import type { TableFrame } from '../stack-table.js';

/** Without its end a module is not taken to be longer than this. */
const LONGEST = 0x0400_0000n;

interface Stretch {
  readonly name: string;
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * Gives bare addresses the name of the module that they lie in, by what a log says of modules anywhere in it. An address that two
 * modules had, one boot after the other, has none.
 */
export function placeResolver(places: readonly ModulePlace[]): (frame: TableFrame) => TableFrame {
  const stretches = stretchesOf(places);
  if (stretches.length === 0) return (frame) => frame;
  return (frame) => {
    const address = addressOf(frame);
    if (address === undefined) return frame;
    const around = stretches.filter(({ start, end }) => start <= address && address < end);
    const [only] = around;
    if (!only || around.some(({ name }) => name !== only.name)) return frame;
    const offset = Number(address - only.start);
    return { text: `${only.name}+0x${offset.toString(16)}`, module: only.name, symbol: null, offset };
  };
}

function stretchesOf(places: readonly ModulePlace[]): Stretch[] {
  const starts = places.map(({ start }) => BigInt(`0x${start}`)).sort((a, b) => (a < b ? -1 : 1));
  return places.map(({ name, start: from, end }) => {
    const start = BigInt(`0x${from}`);
    const next = starts.find((each) => each > start) ?? start + LONGEST;
    return { name, start, end: end ? BigInt(`0x${end}`) : next < start + LONGEST ? next : start + LONGEST };
  });
}

function addressOf({ module, text }: TableFrame): bigint | undefined {
  const digits = module === null ? /^0x([0-9a-f]{1,8}(?:`?[0-9a-f]{8})?)$/i.exec(text)?.[1] : undefined;
  return digits === undefined ? undefined : BigInt(`0x${digits.replace('`', '')}`);
}
