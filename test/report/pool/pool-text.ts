import { buildPool } from '../../../src/report/pool/build-pool.js';
import type { TableKnowledge } from '../../../src/report/pool/build-tables.js';
import type { ReportPool, ReportTagUse } from '../../../src/report/pool/model.js';
import { PoolReader } from '../../../src/report/pool/pool-reader.js';

export type Row = readonly [tag: string, nonpaged: readonly [number, number], paged?: readonly [number, number]];

/** A table as kd of today prints it. */
export function usedTable(...rows: readonly Row[]): string[] {
  const all = rows.map(([tag, nonpaged, paged = [0, 0]]) => {
    const numbers = [...nonpaged, ...paged].map((value, i) => ` ${String(value).padStart(i % 2 === 0 ? 8 : 12)}`);
    return ` ${tag.padEnd(4)}${numbers.join(' ')}\tUNKNOWN pooltag '${tag.padEnd(4)}', please update pooltag.txt`;
  });
  return [
    ' Sorting by NonPaged Pool Consumed',
    '',
    '               NonPaged                  Paged',
    ' Tag     Allocs         Used     Allocs         Used',
    '',
    ...all,
    '',
    'TOTAL         1           64          0            0',
  ];
}

/** Rows as PoolMon writes them to a file. */
export function snapshotRows(
  ...rows: readonly (readonly [tag: string, allocs: number, frees: number, bytes: number])[]
): string[] {
  return rows.map(([tag, allocs, frees, bytes]) =>
    [
      ` ${tag.padEnd(4)}`,
      'Nonp',
      ...[allocs, frees, allocs - frees, bytes, 64].map((value) => String(value).padStart(9)),
    ].join(' '),
  );
}

export const POOLMON_HEADING = ' Tag  Type     Allocs     Frees      Diff   Bytes  Per Alloc';

export interface PoolText {
  readonly lines: readonly string[];
  readonly fileTime?: number;
  readonly chunk?: number;
}

/** Reads logs one after another, as the program does. */
export function readPool(logs: readonly PoolText[], knowledge: TableKnowledge = {}): ReportPool | null {
  const reader = new PoolReader();
  for (const { lines, fileTime, chunk = 1 << 20 } of logs) {
    reader.begin();
    const bytes = Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
    for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
    reader.end(fileTime);
  }
  return buildPool(reader, knowledge);
}

/** `Tape N 1000 -> 3000 (+2000)` */
export function growthOf({ tag, pool, first, last, growth, state }: ReportTagUse): string {
  const grown = growth === null ? '?' : `${growth.bytes >= 0 ? '+' : ''}${growth.bytes}`;
  return `${tag.trimEnd()} ${pool === 'paged' ? 'P' : 'N'} ${first.bytes} -> ${last.bytes} (${grown}) ${state}`;
}
