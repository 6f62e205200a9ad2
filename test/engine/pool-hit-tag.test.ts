import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CTRL_B, PROMPT } from './console.js';
import { ARCHITECTURES, Laboratory } from './laboratory.js';
import { isNameless, printedStacks } from './stacks.js';

const HITS = 12;
const EXCEPTION = /^Break instruction exception - code 80000003 \(first chance\)\n/m;

describe.each(ARCHITECTURES)('PoolHitTag with Microsoft’s engine on %s', (architecture) => {
  let lab: Laboratory;
  beforeEach(() => {
    lab = new Laboratory(architecture);
  });
  afterEach(() => lab.close());

  test('every allocation and free prints its stack, and a tag of 0 ends it', async () => {
    await lab.target();
    const kd = lab.kd(['-b']);
    await kd.until(PROMPT);
    await kd.ask('.reload');
    expect(await kd.ask('ed nt!PoolHitTag 0x206b6444;dd nt!PoolHitTag L1')).toMatch(/^[0-9a-f`]+ {2}206b6444\n$/);
    expect(await kd.ask('sxe -c "kb;g" bpe')).toBe('');
    kd.type('g');
    for (let hit = 0; hit < HITS; hit++) await kd.until(EXCEPTION);
    await lab.breakInAtHit(kd);
    const stacks = printedStacks(kd.text);
    for (const { functions, whole } of stacks.slice(0, -1)) {
      const pool = functions.filter((name) => /^nt!Ex(?:Allocate|Free)PoolWithTag$/.test(name));
      expect(pool).toHaveLength(1);
      expect(functions.filter(isNameless)).toEqual([]);
      expect(whole).toBe(true);
    }
    const inner = architecture === 'x86' ? /^nt!DbgBreakPoint$/ : /^nt!Exp(?:Insert|Remove)PoolTracker$/;
    for (const { functions } of stacks) expect(functions[0]).toMatch(inner);

    expect(await kd.ask('ed nt!PoolHitTag 0;sxr;dd nt!PoolHitTag L1')).toMatch(/ 00000000\n$/);
    kd.type('g');
    await lab.allocates(4);
    kd.type(CTRL_B);
    expect(await kd.ended()).toBe(0);
    await lab.expectFree();
    expect(lab.books.stops['pool-hit']).toBe(stacks.length);
  });
});
