import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageData } from '../../src/report/html/page-data.js';
import { type FlameNode, flameTree } from '../../src/report/page/flame-tree.js';
import { anyReport } from './arbitrary-report.js';
import { bigReport, smallReport } from './samples.js';

/** A node as `name value`, with its children within. */
function shape({ name, value, children }: FlameNode): unknown {
  return children.length === 0 ? `${name} ${value}` : { [`${name} ${value}`]: children.map(shape) };
}

function names({ name, children }: FlameNode): string[] {
  return [name, ...children.flatMap(names)];
}

describe('the tree of the flame graph', () => {
  const data = pageData(smallReport(), new Map());

  it('goes from the allocator down to the callers', () => {
    const tree = flameTree(data, data, { weight: 0, outermostFirst: false });
    expect(tree.value).toBe(5_000);
    expect(tree.children.map(({ name, value }) => [name, value])).toEqual([['nt!MmAllocateSpecialPool', 5_000]]);
    expect(tree.children[0]?.children[0]?.children.map(({ name, value }) => [name, value])).toEqual([
      ['mydrv!StartIo+0x2e', 4_600],
      ['mydrv!Ioctl+0x119', 212],
      ['filt+0x1b10', 150],
      ['nt!CmpAllocateKeyControlBlock+0x21', 38],
    ]);
  });

  it('or from the outermost frame down to the allocator', () => {
    const only = { stacks: data.stacks.slice(2, 3), rest: [] };
    expect(shape(flameTree(data, only, { weight: 0, outermostFirst: true }))).toEqual({
      'all 150': [
        {
          '0xf80c2f3a 150': [
            {
              'nt!IofCallDriver+0x45 150': [
                {
                  'filt+0x105c 150': [
                    { 'filt+0x1b10 150': [{ 'nt!ExAllocatePoolWithTag+0x3c1 150': ['nt!MmAllocateSpecialPool 150'] }] },
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('names what is not in the page, so that the whole stays whole', () => {
    const report = bigReport(2_500);
    const big = pageData(report, new Map());
    const tree = flameTree(big, big, { weight: 0, outermostFirst: false });
    expect(tree.value).toBe(report.allocations);
    const cut = names(tree).filter((name) => /^\(\d+ (?:smaller|more) stacks?(?: of driver\d+)?\)$/.test(name));
    expect(cut.length).toBe(big.rest.length);
  });

  it('keeps where 60,000 stacks call the allocator, and cuts what lies behind', () => {
    const report = bigReport(60_000);
    const big = pageData(report, new Map());
    for (const outermostFirst of [false, true]) {
      const tree = flameTree(big, big, { weight: 0, outermostFirst });
      expect(tree.value).toBe(report.allocations);
      expect(tree.children.reduce((sum, { value }) => sum + value, 0)).toBe(tree.value);
    }
    const tree = flameTree(big, big, { weight: 0, outermostFirst: false });
    const widest = Math.max(...tree.children.map(({ value }) => value));
    expect(widest).toBeGreaterThan(tree.value / 2);
  });

  it('never has children that add up to more than their parent', () => {
    const check = (node: FlameNode): void => {
      const sum = node.children.reduce((all, { value }) => all + value, 0);
      expect(sum).toBeLessThanOrEqual(node.value);
      node.children.forEach(check);
    };
    fc.assert(
      fc.property(anyReport, fc.boolean(), (report, outermostFirst) => {
        const any = pageData(report, new Map());
        for (const weight of any.weights.keys()) check(flameTree(any, any, { weight, outermostFirst }));
      }),
    );
  });
});
