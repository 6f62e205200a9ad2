import { type Address, formatAddress, parseAddress } from './address.js';

/** One row of `bl`. */
export interface BreakpointRow {
  readonly id: number;
  /** `e` enabled, `d` disabled; a deferred one (`eu`, no address yet) is not resolved. */
  readonly enabled: boolean;
  readonly resolved: boolean;
  readonly address?: Address;
  readonly symbol: string;
  /** The command string, without its quotes. */
  readonly command?: string;
}

// ` 0 e 80599128     0001 (0001) nt!Name` (old), `     3 e Disable Clear  819ed600     0001 (0001) nt!Name "cmd"` (new).
const ROW =
  /^\s*(\d+)\s+([ed])(u?)\s+(?:(?:Disable|Enable)\s+Clear\s+)?(?:([0-9a-f`]{8,17})\s+)?(?:[erw]\s+\d\s+)?[0-9a-f]{4} \([0-9a-f]{4}\)\s*(.*)$/i;

/** Reads a row of `bl` in kd's old and new form; undefined for any other line. */
export function parseBreakpointRow(line: string): BreakpointRow | undefined {
  const match = ROW.exec(line.trimEnd());
  if (!match) return undefined;
  const [, id, state, deferred, where, tail = ''] = match;
  const { symbol, command } = splitTail(tail);
  const address = where ? parseAddress(where) : undefined;
  return {
    id: Number(id),
    enabled: state === 'e',
    resolved: deferred !== 'u' && address !== undefined,
    ...(address && { address }),
    symbol,
    ...(command !== undefined && { command }),
  };
}

function splitTail(tail: string): { symbol: string; command?: string } {
  const quoted = /^(.*?)\s*"(.*)"$/.exec(tail);
  if (!quoted) return { symbol: unwrapDeferred(tail) };
  return { symbol: unwrapDeferred(quoted[1] ?? ''), command: quoted[2] ?? '' };
}

// A deferred breakpoint stands in parentheses: `(nt!Name)`; a symbolic one may carry a process/thread column or `@!"..."`.
function unwrapDeferred(symbol: string): string {
  return symbol.replace(/^\((.*)\)$/, '$1').replace(/^@!"(.*)"$/, '$1');
}

/** Prints a row of `bl`; `links` gives the words that newer debuggers leave where their links are. */
export function formatBreakpointRow(row: BreakpointRow, bits: 32 | 64, links: boolean): string {
  const state = `${row.enabled ? 'e' : 'd'}${row.resolved ? '' : 'u'}`;
  const words = links ? ` ${row.enabled ? 'Disable' : 'Enable'} Clear ` : '';
  const address = row.resolved && row.address ? formatAddress(row.address, bits) : ' '.repeat(bits === 32 ? 8 : 17);
  const name = row.resolved ? row.symbol : `(${row.symbol})`;
  const command = row.command === undefined ? '' : ` "${row.command}"`;
  return `${links ? '    ' : ''}${String(row.id).padStart(2)} ${state}${words} ${address}     0001 (0001) ${name}${command}`;
}
