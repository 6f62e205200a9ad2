import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BORDER } from '../../src/report/read/log-parts.js';
import type { Findings } from '../../src/stacks/findings.js';
import { FindingsSum } from '../../src/stacks/findings-sum.js';
import { LiveAddresses } from '../../src/stacks/live-addresses.js';
import { HitReader } from '../../src/stacks/read/hit-reader.js';

const folder = path.resolve(import.meta.dirname, '../../fixtures/logs');
const logs = readdirSync(folder)
  .filter((name) => name.endsWith('.log') && !name.startsWith('unicode'))
  .map((name) => Buffer.concat([readFileSync(path.join(folder, name)), Buffer.from('\n')]));

function read(bytes: Buffer, size: number, from: number): Findings {
  const reader = new HitReader({ size, from });
  reader.push(bytes);
  reader.end();
  return reader.findings();
}

/** Findings without what depends on how they were found: numbers, the order of tables. */
function comparable(found: Findings) {
  const text = (frames: readonly number[]): string => frames.map((site) => found.sites[site]?.text).join('\n');
  const { sites, stacks, addresses, positions, stops, processors, tags, sizesFrom, ...rest } = found;
  return {
    ...rest,
    stacks: stacks.map(({ frames, count, repeats, bytes, sized, first, last }) => [
      text(frames),
      { count, repeats, bytes, sized, first: { ...first }, last: { ...last } },
    ]),
    live: [...addresses.live].map(([address, { stack, bytes }]) => [address, text(stacks[stack]?.frames ?? []), bytes]),
    sums: [addresses.tracked, addresses.freed, addresses.reused, addresses.unmatchedFrees],
    positions,
    stops,
    counts: [[...processors].sort(), [...tags].sort(), [...sizesFrom].sort()],
  };
}

describe('parts of a log', () => {
  it('add up to the whole, wherever it is cut at a stop', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(logs.length - 1), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(1000), { maxLength: 4 }),
        (chosen, cuts) => {
          const whole = Buffer.concat(chosen.map((i) => logs[i] as Buffer));
          const stops = [...whole.toString('latin1').matchAll(new RegExp(BORDER, 'g'))].map(({ index }) => index + 1);
          const borders = [...new Set(cuts.map((cut) => stops[cut % Math.max(1, stops.length)] ?? 0))].sort(
            (a, b) => a - b,
          );
          const edges = [...new Set([0, ...borders, whole.length])];
          const sum = new FindingsSum();
          for (const [i, from] of edges.slice(0, -1).entries())
            sum.add(read(whole.subarray(from, edges[i + 1]), whole.length, from));
          expect(comparable(sum.findings)).toEqual(comparable(read(whole, whole.length, 0)));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('addresses', () => {
  it('end the same in parts and in one piece', () => {
    const events = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 6 })), { maxLength: 60 });
    fc.assert(
      fc.property(events, fc.array(fc.nat(60), { maxLength: 5 }), (list, cuts) => {
        const play = (part: readonly (readonly [boolean, number])[]): LiveAddresses => {
          const addresses = new LiveAddresses();
          for (const [allocates, address] of part) {
            if (allocates) addresses.allocate(address, { stack: address, bytes: 8 });
            else addresses.free(address);
          }
          return addresses;
        };
        const edges = [...new Set([0, ...cuts.filter((cut) => cut < list.length), list.length])].sort((a, b) => a - b);
        const sum = new LiveAddresses();
        for (const [i, from] of edges.slice(0, -1).entries())
          sum.append(play(list.slice(from, edges[i + 1])), (n) => n);
        const whole = play(list);
        const of = ({ live, tracked, freed, reused, unmatchedFrees }: LiveAddresses) => [
          new Map(live),
          tracked,
          freed,
          reused,
          unmatchedFrees,
        ];
        expect(of(sum)).toEqual(of(whole));
        expect(whole.tracked).toBe(whole.freed + whole.reused + whole.live.size);
      }),
    );
  });
});
