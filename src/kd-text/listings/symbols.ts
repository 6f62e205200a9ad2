import { type Address, formatAddress, parseAddress } from '../address.js';

/** One match of `x`. */
export interface SymbolRow {
  readonly address: Address;
  /** `nt!MmAllocateSpecialPool` */
  readonly symbol: string;
}

// ``fffff800`01650000 nt!PoolHitTag = <no type information>``, `80599128          nt!NtSecureConnectPort (<no parameter info>)`
const ROW = /^([0-9a-f]{8}|[0-9a-f]{8}`[0-9a-f]{8})\s+(?:@!")?([A-Za-z_][\w.$]*![^\s"(=]+)/;

/** Reads one line that `x` printed; undefined for any other line. */
export function parseSymbolRow(line: string): SymbolRow | undefined {
  const match = ROW.exec(line);
  const address = match?.[1] && parseAddress(match[1]);
  return address && match[2] ? { address, symbol: match[2] } : undefined;
}

/** Prints one match of `x` for a function or a variable of a public symbol file. */
export function formatSymbolRow(row: SymbolRow, bits: 32 | 64, kind: 'function' | 'data'): string {
  const note = kind === 'function' ? ' (<no parameter info>)' : ' = <no type information>';
  return `${formatAddress(row.address, bits).padEnd(18)}${row.symbol}${note}`;
}

const NOT_RESOLVED = /(?:\^ )?Couldn't resolve (?:error at )?'([^']*)'?/;

/** The name that kd could not resolve, from its error line, which quotes what follows it too; undefined for any other line. */
export function parseUnresolved(line: string): string | undefined {
  return NOT_RESOLVED.exec(line)?.[1]?.trimEnd().replace(/ ".*$/, '');
}

/** `Couldn't resolve error at 'nt!Name'` */
export function formatUnresolved(expression: string): string {
  return `Couldn't resolve error at '${expression}'`;
}
