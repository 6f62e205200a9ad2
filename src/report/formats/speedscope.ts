import { clean } from '../../platform/clean-text.js';
import type { Report } from '../model.js';
import { type Weight, weightsOf } from '../weights.js';

export interface ProfileOptions {
  /** What the profile is called in the viewer. */
  readonly name: string;
}

/** The report for speedscope: a sampled profile for each measure that exists. */
export function speedscopeReport(report: Report, { name }: ProfileOptions): string {
  const frames = new Map<string, number>();
  const samples = report.stacks.map((stack) =>
    stack.frames.map(({ text }) => intern(frames, clean(text) || '(unknown)')).reverse(),
  );
  const profiles = weightsOf(report).map((weight) => profile(report, weight, samples));
  const file = {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'livedebug',
    name: clean(name),
    activeProfileIndex: 0,
    shared: { frames: [...frames.keys()].map((text) => ({ name: text })) },
    profiles,
  };
  return `${JSON.stringify(file)}\n`;
}

function profile({ stacks }: Report, weight: Weight, samples: readonly (readonly number[])[]) {
  const weights = stacks.map(weight.of);
  const kept = [...weights.keys()].filter((at) => (weights[at] as number) > 0);
  return {
    type: 'sampled',
    name: weight.title,
    unit: weight.unit,
    startValue: 0,
    endValue: kept.reduce((sum, at) => sum + (weights[at] as number), 0),
    samples: kept.map((at) => samples[at]),
    weights: kept.map((at) => weights[at]),
  };
}

function intern(table: Map<string, number>, text: string): number {
  const known = table.get(text) ?? table.size;
  table.set(text, known);
  return known;
}
