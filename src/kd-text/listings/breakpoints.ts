import { type Address, formatAddress, parseAddress } from '../address.js';

/** One row of `bl`. */
export interface BreakpointRow {
  readonly id: number;
  /** `e` enabled, `d` disabled; a deferred one (`eu`, no address yet) is not resolved. */
  readonly enabled: boolean;
  readonly resolved: boolean;
  readonly address?: Address;
  readonly symbol: string;
  /** Goes away when it is hit: `bp /1`. */
  readonly once?: true;
  /** The command string, without its quotes and what protects quotes in it. */
  readonly command?: string;
}

// ` 0 e 80599128     0001 (0001) nt!Name` (old), `     3 e Disable Clear  819ed600     0001 (0001) nt!Name "cmd"` (new).
const ROW =
  /^\s*(\d+)\s+([ed])(u?)\s+(?:(?:Disable|Enable)\s+Clear\s+)?(?:([0-9a-f`]{8,17})\s+)?(?:[erw]\s+\d\s+)?(\/1 )?[0-9a-f]{4} \([0-9a-f]{4}\)\s*(.*)$/i;

/** Reads a row of `bl` in kd's old and new form; undefined for any other line. */
export function parseBreakpointRow(line: string): BreakpointRow | undefined {
  const match = ROW.exec(line.trimEnd());
  if (!match) return undefined;
  const [, id, state, deferred, where, once, tail = ''] = match;
  const { symbol, command } = splitTail(tail);
  const address = where ? parseAddress(where) : undefined;
  return {
    id: Number(id),
    enabled: state === 'e',
    resolved: deferred !== 'u' && address !== undefined,
    ...(address && { address }),
    symbol,
    ...(once !== undefined && { once: true as const }),
    ...(command !== undefined && { command }),
  };
}

function splitTail(tail: string): { symbol: string; command?: string } {
  const quoted = /^(.*?)\s*"(.*)"$/.exec(tail);
  if (!quoted) return { symbol: unwrapDeferred(tail) };
  return { symbol: unwrapDeferred(quoted[1] ?? ''), command: (quoted[2] ?? '').replace(/\\(["\\])/g, '$1') };
}

// A deferred breakpoint stands in parentheses: `(nt!Name )`; a symbolic one may carry a process/thread column or `@!"..."`.
function unwrapDeferred(symbol: string): string {
  return symbol.replace(/^\((.*?) ?\)$/, '$1').replace(/^@!"(.*)"$/, '$1');
}

/** Prints a row of `bl`; `links` gives the words that debuggers of about 2015 to 2022 leave where their links are. */
export function formatBreakpointRow(row: BreakpointRow, bits: 32 | 64, links = false): string {
  const { enabled, resolved, once } = row;
  const width = bits === 32 ? 8 : 17;
  const address = resolved && row.address ? formatAddress(row.address, bits) : ' '.repeat(width);
  // The engine keeps the blank between a name and its string with the name.
  const waiting = row.command === undefined ? row.symbol : `${row.symbol} `;
  const name = resolved ? row.symbol : `(${waiting})`;
  const command = row.command === undefined ? '' : ` "${row.command.replace(/["\\]/g, '\\$&')}"`;
  const state = `${enabled ? 'e' : 'd'}${resolved ? ' ' : 'u'}`;
  const words = links ? `${resolved ? '' : ' '}${enabled ? 'Disable' : 'Enable'} Clear  ` : '';
  return `${links ? '    ' : ''}${String(row.id).padStart(2)} ${state}${words}${address}     ${once ? '/1 ' : ''}0001 (0001) ${name}${command}`;
}

/** Prints what `bl` does: a row each, and a blank line, which stands there for an empty list too. */
export function formatBreakpointList(rows: readonly string[]): string[] {
  return [...rows, ''];
}
