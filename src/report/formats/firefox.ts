import { clean } from '../../platform/clean-text.js';
import { kindsOf } from '../build/modules.js';
import type { Report } from '../model.js';
import { type Weight, weightsOf } from '../weights.js';
import { FirefoxTables } from './firefox-tables.js';
import type { ProfileOptions } from './speedscope.js';

/** A version of the processed profile format that the Firefox Profiler upgrades by itself. */
const PREPROCESSED_PROFILE_VERSION = 48;
const GECKO_PROFILE_VERSION = 29;

const CATEGORIES = [
  { name: 'Other', color: 'grey', subcategories: ['Other'] },
  { name: 'Kernel', color: 'orange', subcategories: ['Other'] },
  { name: 'Driver', color: 'blue', subcategories: ['Other'] },
  { name: 'User', color: 'green', subcategories: ['Other'] },
];
const CATEGORY = { unknown: 0, kernel: 1, driver: 2, user: 3 } as const;

/** The report for the Firefox Profiler: a thread for each measure that exists, all with the same interned tables. */
export function firefoxReport(report: Report, { name }: ProfileOptions): string {
  const tables = new FirefoxTables();
  const stacks = report.stacks.map(({ frames }) => {
    const kinds = kindsOf(frames);
    return frames.reduceRight<number | null>(
      (prefix, frame, at) => tables.stack(prefix, frame, CATEGORY[kinds[at] ?? 'unknown']),
      null,
    );
  });
  const shared = tables.columns();
  const threads = weightsOf(report).map((weight, at) => ({
    ...thread(weight, at),
    ...shared,
    samples: samples(report, weight, stacks),
  }));
  return `${JSON.stringify({ meta: meta(clean(name)), libs: tables.libs, pages: [], threads })}\n`;
}

function meta(product: string) {
  return {
    interval: 1,
    startTime: 0,
    processType: 0,
    product,
    stackwalk: 1,
    debug: false,
    version: GECKO_PROFILE_VERSION,
    preprocessedProfileVersion: PREPROCESSED_PROFILE_VERSION,
    categories: CATEGORIES,
    markerSchema: [],
    symbolicated: true,
    importedFrom: 'livedebug',
    usesOnlyOneStackType: true,
    doesNotUseFrameImplementation: true,
    sourceCodeIsNotOnSearchfox: true,
    keepProfileThreadOrder: true,
    initialSelectedThreads: [0],
  };
}

function thread({ title }: Weight, at: number) {
  return {
    processType: 'default',
    processName: title,
    processStartupTime: 0,
    processShutdownTime: null,
    registerTime: 0,
    unregisterTime: null,
    pausedRanges: [],
    name: title,
    isMainThread: true,
    showMarkersInTimeline: false,
    pid: String(at + 1),
    tid: at + 1,
    markers: { length: 0, category: [], data: [], endTime: [], name: [], phase: [], startTime: [] },
  };
}

/** One sample per distinct stack, a millisecond apart: the profile is of amounts, and its times are no times. */
function samples({ stacks }: Report, weight: Weight, ids: readonly (number | null)[]) {
  const weights = stacks.map(weight.of);
  const kept = [...weights.keys()].filter((at) => (weights[at] as number) > 0);
  return {
    length: kept.length,
    stack: kept.map((at) => ids[at] ?? null),
    time: kept.map((_, at) => at),
    weight: kept.map((at) => weights[at]),
    weightType: weight.unit === 'bytes' ? 'bytes' : 'samples',
  };
}
