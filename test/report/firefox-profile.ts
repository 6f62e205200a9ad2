import { expect } from 'vitest';

type Column = readonly (number | string | boolean | null)[];
type Table = Readonly<Record<string, Column>> & { readonly length: number };
// biome-ignore lint/suspicious/noExplicitAny: a profile as it comes from JSON, before anything is known of it.
type Profile = any;

/** What the Profiler's own types ask of each table of a processed profile, version 48: its columns, and what their numbers point to. */
const TABLES: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  stackTable: { frame: 'frameTable', prefix: 'stackTable', category: 'categories', subcategory: null },
  frameTable: {
    address: null,
    inlineDepth: null,
    category: 'categories',
    subcategory: null,
    func: 'funcTable',
    nativeSymbol: 'nativeSymbols',
    innerWindowID: null,
    implementation: 'stringArray',
    line: null,
    column: null,
  },
  funcTable: {
    name: 'stringArray',
    isJS: null,
    relevantForJS: null,
    resource: 'resourceTable',
    fileName: 'stringArray',
    lineNumber: null,
    columnNumber: null,
  },
  resourceTable: { lib: 'libs', name: 'stringArray', host: 'stringArray', type: null },
  nativeSymbols: { libIndex: 'libs', address: null, name: 'stringArray', functionSize: null },
  samples: { stack: 'stackTable', time: null, weight: null },
  markers: { category: 'categories', data: null, endTime: null, name: 'stringArray', phase: null, startTime: null },
};

/** Fails where a profile is not what the Profiler loads. */
export function checkFirefoxProfile(profile: Profile): void {
  expect(profile.meta).toMatchObject({ preprocessedProfileVersion: 48, processType: 0, interval: expect.any(Number) });
  for (const thread of profile.threads) {
    expect(thread).toMatchObject({
      pid: expect.any(String),
      tid: expect.any(Number),
      pausedRanges: [],
      name: expect.any(String),
    });
    expect(['samples', 'bytes']).toContain(thread.samples.weightType);
    const sizes: Record<string, number> = {
      categories: profile.meta.categories.length,
      libs: profile.libs.length,
      stringArray: thread.stringArray.length,
    };
    for (const name of Object.keys(TABLES)) sizes[name] = thread[name].length;
    for (const [name, columns] of Object.entries(TABLES)) checkTable(thread[name], columns, sizes, name);
    thread.stackTable.prefix.forEach((prefix: number | null, at: number) => {
      if (prefix !== null && prefix >= at) throw new Error(`stack ${at} comes before its prefix ${prefix}`);
    });
  }
  for (const lib of profile.libs)
    for (const field of ['arch', 'name', 'path', 'debugName', 'debugPath', 'breakpadId'])
      expect(lib[field]).toBeTypeOf('string');
}

function checkTable(
  table: Table,
  columns: Readonly<Record<string, string | null>>,
  sizes: Record<string, number>,
  name: string,
): void {
  for (const [column, target] of Object.entries(columns)) {
    const values = table[column] as Column | undefined;
    expect(values?.length, `${name}.${column}`).toBe(table.length);
    const limit = target === null ? null : (sizes[target] ?? 0);
    for (const value of values ?? []) {
      const wrong =
        limit !== null && value !== null && value !== -1 && !(typeof value === 'number' && value >= 0 && value < limit);
      if (wrong) throw new Error(`${name}.${column}: ${value} is no place in ${target}`);
    }
  }
}

/** The samples of a thread, innermost frame first. */
export function firefoxStacks(profile: Profile, at: number) {
  const { samples, stackTable, frameTable, funcTable, resourceTable, stringArray } = profile.threads[at];
  return samples.stack.map((stack: number | null, i: number) => {
    const frames: { name: string; category: string; lib: string | null }[] = [];
    for (let node = stack; node !== null; node = stackTable.prefix[node]) {
      const frame = stackTable.frame[node];
      const func = frameTable.func[frame];
      const resource = funcTable.resource[func];
      frames.push({
        name: stringArray[funcTable.name[func]],
        category: profile.meta.categories[frameTable.category[frame]].name,
        lib: resource === -1 ? null : profile.libs[resourceTable.lib[resource]].name,
      });
    }
    return { frames, weight: samples.weight[i] as number };
  }) as { frames: { name: string; category: string; lib: string | null }[]; weight: number }[];
}
