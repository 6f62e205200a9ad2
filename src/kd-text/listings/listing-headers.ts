import { RETURNS, type StackDialect } from '../frames/frame-dialects.js';

/** What begins a stack in listings of other commands than those that print stacks alone. */
export interface ListingHeader {
  readonly dialect: StackDialect;
  /** As many threads have this very stack. */
  readonly times?: number;
  /** The block of pool that was allocated or freed there, and its size. */
  readonly block?: { readonly address: bigint; readonly size: bigint };
  /** Driver Verifier let an allocation fail there. */
  readonly injected?: true;
}

// `3 threads [stats]: ffff8008e4604040 …`: the unique stacks of MEX.
const UNIQUE = /^ *(\d{1,6}) threads? \[stats\]:/;
// `Pool block b1c2d000, Size 00000168, Thread b1c2c510`: `!verifier 80`.
const BLOCK = /^ *Pool block ([0-9a-f`]{8,17}), Size ([0-9a-f`]{1,17}), Thread /i;
// `Entry @ 8354B258 (index 75)`: the injected failures of `!verifier 4`.
const INJECTED = /^ *Entry @ [0-9a-f`]{8,17} \(index \d+\)/i;

/** Reads a line that begins a stack in such a listing; undefined for any other line. */
export function parseListingHeader(line: string): ListingHeader | undefined {
  if (!/^ *(?:\d|Pool block|Entry @)/.test(line)) return undefined;
  const times = UNIQUE.exec(line)?.[1];
  if (times !== undefined) return { dialect: RETURNS, times: Math.max(1, Number(times)) };
  const [, address, size] = BLOCK.exec(line) ?? [];
  if (address !== undefined && size !== undefined)
    return { dialect: RETURNS, block: { address: number(address), size: number(size) } };
  return INJECTED.test(line) ? { dialect: RETURNS, injected: true } : undefined;
}

function number(digits: string): bigint {
  return BigInt(`0x${digits.replace('`', '')}`);
}
