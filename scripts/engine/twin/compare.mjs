// What two kds printed for the same step, line by line. Every difference needs an entry of fixtures/engine/differences.toml.
import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';

const FILE = new URL('../../../fixtures/engine/differences.toml', import.meta.url);

/** What differs between two runs of one and the same kd. */
const VARIABLE = [
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} [ \d]\d \d\d:\d\d:\d\d\.\d{3} \d{4} \(UTC [+-] \d+:\d\d\)/g, 'TIME'],
  [/\b\d+:\d\d:\d\d\.\d{3}/g, 'DURATION'],
  [/[A-Za-z]:\\[^\s;]+\\/gi, 'PATH/'],
  [/(?:\/[\w.-]+){2,}\//g, 'PATH/'],
  [/127\.0\.0\.1:?\d*/g, 'HOST'],
];

/** Lines that the engine prints in one start and not in another. */
const NOW_AND_THEN = /^ExtensionGallery .*\n|^\nPress ctrl-c .*\n(?:Run !sym noisy .*\n)?\n?/gm;

/** The lines of a step's text, without prompts, marks and what no two runs have in common. */
export function linesOf(text) {
  const plain = text
    .replaceAll(/^(?:kd> )+/gm, '')
    .replaceAll(/^MARK-\d+\n/gm, '')
    .replaceAll(NOW_AND_THEN, '');
  const lines = plain.split('\n').map((line) => {
    let out = line.trimEnd();
    for (const [pattern, name] of VARIABLE) out = out.replaceAll(pattern, name);
    return out;
  });
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The entries of the list, each with how often it was met. */
export function readDifferences() {
  return parse(readFileSync(FILE, 'utf8')).difference.map((entry) => ({
    ...entry,
    met: 0,
    step: new RegExp(entry.step ?? '', 'u'),
    patterns: { engine: wholeLine(entry.engine), builtin: wholeLine(entry.builtin) },
  }));
}

function wholeLine(pattern) {
  return pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, 'u');
}

/**
 * Compares the lines of a step.
 * @param step the name of the step, as entries know it
 * @returns lines that no entry explains, each with the kd that has it
 */
export function unexplained(step, engine, builtin, differences) {
  const left = [];
  for (const { side, line } of differing(engine, builtin)) {
    const entry = differences.find((each) => each.step.test(step) && each.patterns[side]?.test(line));
    if (entry) entry.met++;
    else left.push(`${side === 'engine' ? '- engine:  ' : '+ builtin: '}${line}`);
  }
  return left;
}

/** Lines that only one side has, by the longest common sequence. */
function differing(a, b) {
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i][j] = a[i] === b[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
  const out = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    else if (j >= b.length || (i < a.length && longest[i + 1][j] >= longest[i][j + 1]))
      out.push({ side: 'engine', line: a[i++] });
    else out.push({ side: 'builtin', line: b[j++] });
  }
  return out;
}
