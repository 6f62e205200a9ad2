import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/report/build/build.js';
import type { Report } from '../../src/report/model.js';
import { HitReader } from '../../src/stacks/read/hit-reader.js';

const args = 'fffffa80`03f5a000 00000000`00000048 fffff880`0226a7b8 fffffa80`05b1d010';
const header =
  'RetAddr               : Args to Child                                                           : Call Site\n';

function stack(...sites: readonly string[]): string {
  return `${header}${sites.map((site) => `fffff800\`02c5a000     : ${args} : ${site}\n`).join('')}`;
}

/** Every third hit is of one stack; all others come once, one in four of them a free. */
function flood(hits: number): string {
  return Array.from({ length: hits }, (_, n) =>
    n % 3 === 0
      ? stack('nt!MmAllocateSpecialPool', 'leaky!Queue+0x10', 'nt!IopfCallDriver+0x62')
      : stack(n % 4 === 0 ? 'nt!ExFreePoolWithTag' : 'nt!MmAllocateSpecialPool', `d${n % 7}!F${n}+0x10`, `x!G${n}`),
  ).join('');
}

function reportOf(log: string, most: number): Report {
  const reader = new HitReader({ most });
  const bytes = Buffer.from(log);
  for (let at = 0; at < bytes.length; at += 4096) reader.push(bytes.subarray(at, at + 4096));
  reader.end();
  return buildReport([{ name: 'flood.log', findings: reader.findings() }]);
}

describe('more stacks than are kept apart', () => {
  const log = flood(9000);
  const whole = reportOf(log, 1e9);
  const bounded = reportOf(log, 100);

  it('are added up, and all sums stay exact', () => {
    for (const key of ['hits', 'allocations', 'frees', 'frames', 'measure', 'over', 'stops', 'read'] as const)
      expect(bounded[key], key).toEqual(whole[key]);
    const sums = ({ drivers }: Report) =>
      drivers.map(({ name, hits, allocations, frees }) => [name, hits, allocations, frees]).sort();
    expect(sums(bounded)).toEqual(sums(whole));
    // Hits come in batches of 1024.
    expect(bounded.stacks.length).toBeLessThan(1300);
  });

  it('leave those apart that come again and again', () => {
    expect(bounded.stacks.find(({ driver }) => driver === 'leaky')).toMatchObject({ count: 3000 });
  });

  it('say how many they are', () => {
    const merged = bounded.stacks.filter(({ merged }) => merged);
    const apart = bounded.stacks.length - merged.length;
    expect(merged.reduce((sum, { merged }) => sum + (merged?.stacks ?? 0), apart)).toBe(whole.stacks.length);
    expect(merged[0]?.frames[0]?.text).toMatch(/^\([\d,]+ rare stacks of d\d, not kept apart\)$/);
    expect(merged[0]?.caller).toBe('(further callers)');
  });

  it('leave drivers with few hits apart as long as there are not too many', () => {
    const many = Array.from({ length: 1000 }, (_, n) => stack('nt!MmAllocateSpecialPool', `drv${n}!F+0x10`)).join('');
    const report = reportOf(many + flood(30), 100);
    expect(report.drivers.length).toBeLessThan(250);
    expect(report.drivers.reduce((sum, { hits }) => sum + hits, 0)).toBe(1030);
    expect(report.drivers[0]?.name).toBe('(further drivers)');
  });
});
