import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/report/build/build.js';
import { reading } from '../../src/report/sections/log-sections.js';
import type { HitReader } from '../../src/stacks/read/hit-reader.js';
import { read } from './reading.js';

const HEADER =
  'RetAddr           : Args to Child                                                           : Call Site';
const stack = (...sites: string[]): string =>
  [HEADER, ...sites.map((site) => `fffff800\`016ba561 : ${Array(4).fill('00000000`00000000').join(' ')} : ${site}`)]
    .map((line) => `${line}\n`)
    .join('');
const broken = (size: number): string =>
  `Break instruction exception - code 80000003 (first chance)\nsize=${size.toString(16).padStart(16, '0')} tag=206b6444 (livedebug)\n`;
const at = (low: number): string => `fffff880${low.toString(16).padStart(8, '0')}`;

/** What one thread does, as the filter of a session with `--track-frees` prints it. */
const allocates = (size: number, sp: number, address: number): string =>
  `${broken(size)}rsp=${at(sp)} rip=fffff800016ba561\n${stack('nt!ExAllocateHeapPool+0x134', 'a!B+0x5')}` +
  `rsp=${at(sp + 8)} rax=${at(address)}\n`;
const frees = (size: number, address?: number): string =>
  `${broken(size)}${stack('nt!ExFreeHeapPool+0x32', 'a!B+0x9')}${address === undefined ? '' : `freed=${at(address)} (livedebug)\n`}`;

const textOf = (reader: HitReader): string => reading(buildReport([{ name: 'a.log', findings: reader.findings() }]));

describe('what the filter of PoolHitTag says', () => {
  it('pairs allocations with frees by address, and adds up the bytes of both', () => {
    const reader = read(allocates(0x40, 0x314000, 0x1000) + allocates(0x20, 0x314000, 0x2000) + frees(0x40, 0x1000));
    const { stacks, addresses, freedBytes, freedSized } = reader.findings();
    expect(stacks).toMatchObject([
      { count: 2, bytes: 0x60, sized: 2 },
      { count: 1, bytes: 0, sized: 0 },
    ]);
    expect([freedBytes, freedSized]).toEqual([0x40, 1]);
    expect(addresses).toMatchObject({ tracked: 2, freed: 1, unmatchedFrees: 0, watched: true });
    expect([...addresses.live.values()].map(({ bytes }) => bytes)).toEqual([0x20]);
  });

  it('tells two threads in the allocator from each other by where their stacks end', () => {
    const [first, second] = [allocates(0x40, 0x314000, 0x1000), allocates(0x20, 0x414000, 0x2000)].map((text) => {
      const lines = text.trimEnd().split('\n');
      return [lines.slice(0, -1).join('\n'), lines.at(-1) ?? ''] as const;
    });
    const reader = read(`${[first?.[0], second?.[0], first?.[1], second?.[1]].join('\n')}\n${frees(0x40, 0x1000)}`);
    expect([...reader.findings().addresses.live.values()].map(({ bytes }) => bytes)).toEqual([0x20]);
  });

  it('is summed up where no address is known: what is outstanding, and not whose', () => {
    const sums = read(broken(0x40) + stack('nt!ExAllocateHeapPool+0x134', 'a!B+0x5') + frees(0x10));
    expect(textOf(sums)).toContain(
      '1 free gave back 16 B, so that 48 B are outstanding, by sums; whose they are, addresses tell.',
    );
    const more = read(broken(0x10) + stack('nt!ExAllocateHeapPool+0x134', 'a!B+0x5') + frees(0x40));
    expect(textOf(more)).toContain('1 free gave back 64 B, 48 B more than was asked for in this log, by sums');
  });

  it('leaves a difference alone where not all have told', () => {
    const text = `${broken(0x40)}${stack('nt!ExAllocateHeapPool+0x134', 'a!B+0x5')}`;
    const silent = text.replace(/^size=.*\n/m, '');
    expect(textOf(read(text + silent + frees(0x10)))).toMatch(/1 free gave back 16 B\.$/);
  });
});
