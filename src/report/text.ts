import type { Report, ReportDriver, ReportStack } from './model.js';

export interface TextOptions {
  /** How many drivers, callers and stacks are shown. */
  readonly top: number;
  /** Emphasis by terminal codes. */
  readonly colour: boolean;
  readonly columns: number;
}

const BAR = 16;
/** Characters of a name within a sentence; a line of 60 columns must hold it. */
const LONGEST_NAME = 58;

/** The report for people: the answer in a sentence, then drivers, callers and stacks, then what could not be read. */
export function textReport(report: Report, options: TextOptions): string {
  const rows = (of: readonly { name: string; hits: number; bytes: number; sized: number }[]): string[] =>
    table(of, report, options);
  return [
    ...wrapped(answer(report), options.columns).map((line) => emphasis(line, options)),
    '',
    ...section(
      'Drivers',
      rows(report.drivers.map((d) => (d.userMode ? { ...d, name: `${d.name} (user mode)` } : d))),
      options,
    ),
    ...section('Callers (first frame outside the pool allocator)', rows(report.callers), options),
    ...section(
      'Stacks',
      cut(report.stacks, options.top, (stack, i) => stackLines(stack, i, report, options)),
      options,
    ),
    ...section('Without symbols', cut(report.unresolved, options.top, unresolvedLine(options)), options),
    ...section(`Could not be read (${count(report.unreadTotal, 'line')})`, unreadLines(report, options), options),
    ...wrapped(reading(report), options.columns),
    '',
  ].join('\n');
}

/** One sentence: which driver made how many of the hits, and where. */
export function answer(report: Report): string {
  const [first] = report.drivers;
  if (!first) return 'No stack was found.';
  const tag = report.tags.length === 1 ? ` of tag '${report.tags[0]?.tag}'` : '';
  const all = first.hits === report.hits;
  const share = all
    ? `${all && report.hits > 1 ? 'all ' : ''}${count(report.hits, 'hit')}`
    : `${number(first.hits)} of ${count(report.hits, 'hit')} (${percent(first.hits, report.hits)})`;
  return `${subject(first)} made ${share}${tag}, ${place(first)}.`;
}

function subject(driver: ReportDriver): string {
  const name = fitted(driver.name, LONGEST_NAME);
  if (driver.userMode) return `${name}, in user mode and through a system call,`;
  return driver.name === 'nt' ? 'nt itself, with no other module on the stack,' : name;
}

function place({ callers, hits }: ReportDriver): string {
  const [first] = callers;
  const much = first?.hits === hits ? 'in' : first && first.hits * 2 > hits ? 'most of them in' : 'most often in';
  return `${much} ${fitted(first?.name ?? '', LONGEST_NAME)}`;
}

function table(
  of: readonly { name: string; hits: number; bytes: number; sized: number }[],
  report: Report,
  { top, columns }: TextOptions,
): string[] {
  const widest = (texts: readonly string[]): number => Math.max(...texts.map((text) => text.length)) + 2;
  const hitsWidth = widest([number(report.hits)]);
  const sizeWidth = report.bytes === null ? 0 : widest(of.slice(0, top).map(({ bytes }) => size(bytes)));
  const width = columns - 2 - hitsWidth - 9 - sizeWidth - 2 - BAR;
  return cut(of, top, ({ name, hits, bytes, sized }) => [
    [
      `  ${fitted(name, width).padEnd(width)}`,
      number(hits).padStart(hitsWidth),
      percent(hits, report.hits).padStart(9),
      (sized > 0 ? size(bytes) : '').padStart(sizeWidth),
      `  ${bar(hits, report.hits)}`,
    ]
      .join('')
      .trimEnd(),
  ]);
}

function stackLines(stack: ReportStack, index: number, report: Report, { columns }: TextOptions): string[] {
  const bytes = stack.sized > 0 ? `, ${size(stack.bytes)}` : '';
  return [
    `  #${index + 1}: ${count(stack.count, 'hit')}, ${percent(stack.count, report.hits)}${bytes}  ${bar(stack.count, report.hits)}`.trimEnd(),
    ...stack.frames.map((frame) => `       ${fitted(frame.text, columns - 7)}`),
  ];
}

function unresolvedLine({ columns }: TextOptions) {
  return ({ text, hits }: { text: string; hits: number }): string[] => [
    `  ${fitted(text, columns - 18).padEnd(columns - 18)}${count(hits, 'hit').padStart(16)}`,
  ];
}

function unreadLines(report: Report, { top, columns }: TextOptions): string[] {
  const shown = report.unread
    .slice(0, top)
    .map(({ line, text }) => `  ${number(line).padStart(9)}  ${fitted(text, columns - 13)}`);
  return report.unreadTotal > shown.length && shown.length > 0
    ? [...shown, `  … and ${number(report.unreadTotal - shown.length)} more`]
    : shown;
}

function reading({ read, hits, frames, bytes }: Report): string {
  const parts = [
    `Read ${number(read.bytes)} bytes, ${count(read.lines, 'line')}, ${count(hits, 'hit')}, ${count(frames, 'frame')}.`,
  ];
  if (read.endsMidLine) parts.push('The log ends in the middle of a line.');
  if (read.emptyStacks > 0) parts.push(`${count(read.emptyStacks, 'stack header')} without a frame.`);
  if (bytes) {
    parts.push(`Sizes are known for ${number(bytes.hits)} of them.`);
    if (bytes.from === 'home-slots')
      parts.push('On x64 they come from home slots, which are not always the arguments.');
  }
  return parts.join(' ');
}

function section(title: string, lines: readonly string[], options: TextOptions): string[] {
  return lines.length === 0 ? [] : [emphasis(title, options), ...lines, ''];
}

function cut<T>(of: readonly T[], top: number, print: (item: T, index: number) => string[]): string[] {
  const lines = of.slice(0, top).flatMap(print);
  return of.length > top ? [...lines, `  … and ${number(of.length - top)} more (--top ${of.length})`] : lines;
}

function bar(part: number, whole: number): string {
  return '#'.repeat(Math.round((part / whole) * BAR));
}

function percent(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(1)} %`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function size(bytes: number): string {
  return `${number(bytes)} B`;
}

function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A name as it can be shown anywhere: control characters and direction marks of a hostile log do nothing. */
function clean(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '\ufffd');
}

/** Cut in the middle where it is too long: both the module and the end of a name tell. */
function fitted(text: string, width: number): string {
  const shown = clean(text);
  if (shown.length <= width) return shown;
  const head = Math.ceil((width - 1) / 2);
  return `${shown.slice(0, head)}…${shown.slice(shown.length - (width - 1 - head))}`;
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function emphasis(line: string, { colour }: TextOptions): string {
  return colour ? `\x1b[1m${line}\x1b[22m` : line;
}
