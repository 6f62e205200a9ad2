import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MACHINE_LAYOUTS } from '../../../../src/simulator/machine/layout.js';
import { tracked } from '../../../simulator/machine/pool-tables.js';
import { ShellBench, type ShellBenchOptions } from '../shell-bench.js';
import { ENTRY_BYTES, type Entry, type Layout, manyEntries, spread, tableOf } from './tables.js';

const IMAGES = fileURLToPath(new URL('../../../../fixtures/images', import.meta.url));
const UNKNOWN = /^The layout of this kernel’s pool tag table is none that this kd knows, and nothing is counted\. /m;

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(os.tmpdir(), 'pool used '));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

type Architecture = 'x86' | 'x64';

/** Bytes that the first tag of a large table costs, at most: smaller entries are tried first. */
const MOST_MOVED = { x86: 1500, 'old x64': 1500, 'new x64': 2500, 'newest x64, limited': 4000 } as const;

function bench(architecture: Architecture, options: ShellBenchOptions = {}): ShellBench {
  return new ShellBench({
    architecture,
    stub: { state: 'running', wakes: { worker: 20, gui: 15, other: 10 } },
    symbols: { path: path.join(IMAGES, architecture), cache },
    ...options,
  });
}

/** Rows of the short table by tag. */
function rows(shown: string): Map<string, number[]> {
  const found = shown.matchAll(/^ (.{4}) +(\d+) +(\d+) +(\d+) +(\d+)$/gm);
  return new Map([...found].map(([, tag = '', ...numbers]) => [tag, numbers.map(Number)]));
}

/** Bytes that have passed in both directions. */
async function moved(kd: ShellBench): Promise<number> {
  const [, out, back] = /^bytes +(\d+) to the target, (\d+) from it$/m.exec(await kd.command('.livedebug wire')) ?? [];
  return Number(out) + Number(back);
}

/** Lets the kernel's variables lead to other tables, which lie in a part of its pool that is not in use. */
function plant(
  kd: ShellBench,
  tables: readonly Buffer[],
  entries: number,
  { expansion, atTheEnd = false }: { readonly expansion?: Buffer; readonly atTheEnd?: boolean } = {},
): void {
  const { memory, architecture } = kd.machine;
  const width = architecture === 'x64' ? 8 : 4;
  const set = (name: string, value: bigint, index = 0): void => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
    memory.write((kd.machine.address(`nt!${name}`) ?? 0n) + BigInt(index * width), bytes.subarray(0, width));
  };
  const { pool, poolBytes } = MACHINE_LAYOUTS[architecture];
  const from = atTheEnd ? poolBytes - (tables[0]?.length ?? 0) : 0x18000;
  let next = BigInt.asUintN(width * 8, BigInt(pool + from));
  const put = (bytes: Buffer): bigint => {
    const at = next;
    expect(memory.write(at, bytes)).toBe(bytes.length);
    next += BigInt(bytes.length + 8 - (bytes.length % 8));
    return at;
  };
  for (const [index, table] of tables.entries()) {
    const at = put(table);
    if (index === 0) set('PoolTrackTable', at);
    set('ExPoolTagTables', at, index);
  }
  set('PoolTrackTableSize', BigInt(entries));
  if (!expansion) return;
  set('PoolTrackTableExpansion', put(expansion));
  set('PoolTrackTableExpansionSize', 4n);
}

/** What the short table must show of the entries. */
function expected(entries: readonly Entry[]): Map<string, number[]> {
  const used = entries.map(
    ({ tag, nonpaged, paged }) =>
      [tag, [nonpaged.allocs - nonpaged.frees, nonpaged.bytes, paged.allocs - paged.frees, paged.bytes]] as const,
  );
  return new Map(
    used.filter(([, numbers]) => numbers.some((number) => number > 0)).map(([tag, numbers]) => [tag, [...numbers]]),
  );
}

describe.each(['x86', 'x64'] as const)('!poolused (%s)', (architecture) => {
  const layout: Layout = architecture === 'x86' ? 'x86' : 'old x64';
  const slow = (): ShellBench =>
    bench(architecture, { stub: { state: 'running', baud: 19_200 }, bytesPerSecond: 1920 });

  it.each([1, 3])('shows what the kernel has counted, by %i processors', async (processors) => {
    const kd = bench(architecture, { processors });
    await kd.clock.advanceAsync(3000);
    await kd.breakIn();
    const all = tracked(kd.machine);
    expect(all.get('Ddk ')?.paged.allocs).toBe(kd.machine.tagAllocations);
    expect(kd.machine.tagAllocations).toBeGreaterThan(40);
    const shown = await kd.command('!poolused 2');
    const wanted = [...all].map(([tag, { nonpaged, paged }]) => ({ tag, nonpaged, paged }));
    expect(rows(shown)).toEqual(expected(wanted));
    expect([...rows(shown).keys()][0]).toBe('Thre');
    const several = processors === 1 ? '' : ' of 3 processors';
    const bytes = 129 * processors * (architecture === 'x86' ? 28 : 40);
    expect(shown).toMatch(
      new RegExp(
        `^Reading the pool tag table${several}: ${129 * processors} entries, (?:up to )?\\d+ bytes\\. CTRL\\+C gives up\\.\n Sorting by  NonPaged Pool Consumed\n\n`,
      ),
    );
    // From the second time on it is known how large they are.
    const [first = ''] = (await kd.command('!poolused')).split('\n');
    expect(first).toBe(
      `Reading the pool tag table${several}: ${129 * processors} entries, ${bytes} bytes. CTRL+C gives up.`,
    );
    const byPaged = [...rows(await kd.command('!poolused 4')).values()].map((numbers) => numbers[3] as number);
    expect(byPaged).toEqual([...byPaged].sort((a, b) => b - a));
    expect([...rows(await kd.command('!poolused 0 N*')).keys()]).toEqual(['NDpb', 'None', 'NtfF', 'Ntff', 'Ntfr']);
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
  });

  it('asks some hundred bytes for one tag, and fewer once it knows the layout', async () => {
    const kd = bench(architecture);
    await kd.clock.advanceAsync(2000);
    await kd.breakIn();
    // The kernel's symbols take headers over the line, once.
    await kd.command('? nt!PoolTrackTable');
    const before = await moved(kd);
    const shown = await kd.command("!poolused 1 'Ddk '");
    const first = await moved(kd);
    const { paged } = tracked(kd.machine).get('Ddk ') ?? {};
    expect(paged?.allocs).toBe(kd.machine.tagAllocations);
    const { allocs = 0, frees = 0, bytes = 0 } = paged ?? {};
    expect(shown.replace(/ +/g, ' ')).toContain(
      `\n Ddk 0 0 0 0 ${allocs} ${frees} ${allocs - frees} ${bytes}\nTOTAL 0 0 0 0 `,
    );
    expect(shown).not.toContain('Reading');
    expect(first - before).toBeLessThan(architecture === 'x86' ? 900 : 1200);
    expect(await kd.command('!poolused 0 TStr')).toMatch(/^ TStr +0 +0 +4 +\d+$/m);
    expect((await moved(kd)) - first).toBeLessThan(400);
    kd.keys.typed('g');
    await kd.clock.advanceAsync(500);
    await kd.breakIn();
    const again = await moved(kd);
    expect(await kd.command('!poolused 0 "Ddk"')).toMatch(/^ Ddk {2}/m);
    expect((await moved(kd)) - again).toBeLessThan(700);
    // A tag that is nowhere can only be said not to be there by the whole table.
    expect(rows(await kd.command('!poolused 0 Nope')).size).toBe(0);
    expect(await kd.command('!poolused 0 ddk')).not.toMatch(/^ [Dd]dk /m);
  });

  it.each(architecture === 'x86' ? (['x86'] as const) : (['old x64', 'new x64', 'newest x64, limited'] as const))(
    'finds its way in a table as large as a server’s: %s',
    async (layout) => {
      const kd = bench(architecture);
      await kd.breakIn();
      await kd.command('? nt!PoolTrackTable');
      const entries: Entry[] = [
        ...manyEntries(2500),
        {
          tag: 'Ddk ',
          nonpaged: { allocs: 0, frees: 0, bytes: 0 },
          paged: { allocs: 70_000, frees: 1000, bytes: 5_520_000 },
        },
      ];
      plant(kd, [tableOf(entries, layout, 4096)], 4097);
      const before = await moved(kd);
      expect(await kd.command('!poolused 0 Ddk')).toMatch(/^ Ddk +0 +0 +69000 +5520000$/m);
      expect((await moved(kd)) - before).toBeLessThan(MOST_MOVED[layout]);
      for (const { tag } of entries.slice(0, 200))
        expect(await kd.command(`!poolused 1 '${tag}'`)).toMatch(new RegExp(`^ ${tag}(?: +\\d+){8}$`, 'm'));
      // Two hundred tags took less than the table.
      expect((await moved(kd)) - before).toBeLessThan(4097 * ENTRY_BYTES[layout]);
      const shown = await kd.command('!poolused 4');
      expect(rows(shown)).toEqual(expected(entries));
      const total = [...expected(entries).values()].reduce((sum, each) => sum + (each[3] as number), 0);
      expect(shown).toMatch(new RegExp(`^TOTAL +\\d+ +\\d+ +\\d+ +${total}$`, 'm'));
    },
  );

  it('sums what processors have counted apart, and what found no place', async () => {
    const layout = architecture === 'x86' ? 'x86' : 'new x64';
    const kd = bench(architecture, { processors: 2 });
    await kd.breakIn();
    const entries = manyEntries(500);
    const late: Entry = {
      tag: 'Late',
      nonpaged: { allocs: 7, frees: 3, bytes: 1024 },
      paged: { allocs: 0, frees: 0, bytes: 0 },
    };
    plant(
      kd,
      spread(entries, 2).map((part) => tableOf(part, layout, 1024)),
      1025,
      { expansion: tableOf([late], layout, 4) },
    );
    const [tag, numbers] = [...expected(entries)][7] ?? [];
    const one = await kd.command(`!poolused 0 '${tag}'`);
    expect(one).not.toContain('Reading');
    expect(rows(one)).toEqual(new Map([[tag, numbers]]));
    expect(rows(await kd.command('!poolused'))).toEqual(expected([...entries, late]));
    expect(rows(await kd.command('!poolused 0 Late')).get('Late')).toEqual([4, 1024, 0, 0]);
  });

  it('looks no farther than the table goes', async () => {
    const kd = bench(architecture);
    await kd.breakIn();
    // Behind the end of the pool there is nothing.
    plant(kd, [tableOf(manyEntries(400), layout, 1024)], 1025, { atTheEnd: true });
    for (const tag of ['Nope', 'abcd', 'zzzz', 'Z9Z9', 'qqqq'])
      expect(await kd.command(`!poolused 0 ${tag}`)).toMatch(/^TOTAL +0 +0 +0 +0$/m);
  });

  it('counts tags that nobody can read, too', async () => {
    const kd = bench(architecture);
    await kd.breakIn();
    const pool = { allocs: 5, frees: 1, bytes: 512 };
    plant(kd, [tableOf([...manyEntries(100), { tag: '\x01\xffab', nonpaged: pool, paged: pool }], layout, 256)], 257);
    expect(await kd.command('!poolused 0 ?.ab')).toMatch(/^ \.\.ab +4 +512 +4 +512$/m);
  });

  it('leaves out what does not add up, and says so', async () => {
    const kd = bench(architecture);
    await kd.breakIn();
    const entries = manyEntries(100);
    const torn: Entry = {
      tag: 'Torn',
      nonpaged: { allocs: 8, frees: 7, bytes: 0 },
      paged: { allocs: 0, frees: 0, bytes: 0 },
    };
    plant(kd, [tableOf([...entries, torn], layout, 256)], 257);
    const shown = await kd.command('!poolused 0 Torn');
    expect(shown).toMatch(/^Not counted, because it does not add up, as in the middle of an allocation: 'Torn'$/m);
    expect(rows(shown).size).toBe(0);
    expect(rows(await kd.command('!poolused'))).toEqual(expected(entries));
    expect(await kd.command('!poolused 0 N*')).not.toContain('Not counted');
  });

  it.each(architecture === 'x86' ? (['x86, bytes first'] as const) : (['x64, bytes first'] as const))(
    'counts nothing in a table that it does not know: %s',
    async (layout) => {
      const kd = bench(architecture);
      await kd.breakIn();
      const entries = manyEntries(500);
      plant(kd, [tableOf(entries, layout, 1024)], 1025);
      for (const command of ['!poolused', '!poolused 2 *', `!poolused 0 '${entries[3]?.tag}'`]) {
        const shown = await kd.command(command);
        expect(shown).toMatch(UNKNOWN);
        expect(shown).not.toContain('Pool Used');
      }
    },
  );

  it('says when the tables are not there, or not known', async () => {
    const kd = bench(architecture);
    await kd.breakIn();
    plant(kd, [Buffer.alloc(0)], 0x200000);
    expect(await kd.command('!poolused')).toMatch(UNKNOWN);
    const nowhere = architecture === 'x86' ? 'a0000000' : 'fffff8ff`ffff0000';
    const width = architecture === 'x86' ? 'ed' : 'eq';
    await kd.command(
      `ed nt!PoolTrackTableSize 1001;${width} nt!PoolTrackTable ${nowhere};${width} nt!ExPoolTagTables ${nowhere}`,
    );
    for (const command of ['!poolused 4', '!poolused 0 Ddk'])
      expect(await kd.command(command)).toMatch(
        /^The pool tag table cannot be read: of \d+ bytes at [0-9a-f]+ there are 0\. Nothing is counted\.$/m,
      );
    const bare = bench(architecture, { symbols: { path: cache, cache } });
    await bare.breakIn();
    expect(await bare.command('!poolused')).toContain('are not among the kernel’s symbols');
  });

  it('says how long it takes, and takes as long', async () => {
    const kd = slow();
    await kd.breakIn();
    plant(kd, [tableOf(manyEntries(2000), layout, 4096)], 4097);
    const from = kd.clock.now();
    const shown = await kd.command('!poolused 2');
    const seconds = (kd.clock.now() - from) / 1000;
    expect(shown).toMatch(
      architecture === 'x86'
        ? /^Reading the pool tag table: 4097 entries, 114716 bytes, about 63 s\. CTRL\+C gives up\.$/m
        : /^Reading the pool tag table: 4097 entries, up to 327760 bytes, at most 179 s\. CTRL\+C gives up\.$/m,
    );
    expect(seconds).toBeGreaterThan(architecture === 'x86' ? 55 : 80);
    expect(seconds).toBeLessThan(architecture === 'x86' ? 70 : 105);
    // It is read once in a stop.
    const read = await moved(kd);
    expect(await kd.command('!poolused 4')).toContain('Sorting by  Paged');
    expect((await moved(kd)) - read).toBe(0);
  });

  it('is given up with CTRL+C', async () => {
    const kd = slow();
    await kd.breakIn();
    plant(kd, [tableOf(manyEntries(2000), layout, 4096)], 4097);
    kd.keys.typed('!poolused');
    await kd.clock.advanceAsync(5000);
    kd.keys.interrupt();
    await kd.see(/^The request was taken back[^$]*kd> $/, 10_000);
    expect(kd.text).not.toContain('Pool Used');
    expect(await kd.command('.echo here')).toBe('here\n');
    expect(kd.stub.books.target.state).toBe('halted');
    expect(await kd.leave()).toBe(0);
  });
});

describe('the arguments of !poolused', () => {
  it('are refused where they mean nothing', async () => {
    const kd = bench('x86');
    await kd.breakIn();
    expect(await kd.command('!poolused 8')).toMatch(/^!poolused has the flags 1 /);
    expect(await kd.command('!poolused 0 abcde')).toMatch(/^'abcde' is not a pool tag/);
    expect(await kd.command('!poolused 2 Dd?*x*')).toMatch(/^TOTAL +0 +0 +0 +0$/m);
    expect(await kd.command('!poolused Ddk')).toMatch(/^Couldn't resolve error at 'Ddk'/);
    expect(await kd.command('!pool 0')).toMatch(
      /^No export pool found\nOf kd’s extensions this kd has !poolused and !sym\./,
    );
    expect(kd.keys.complete('!poo')).toEqual([['!poolused'], '!poo']);
  });
});
