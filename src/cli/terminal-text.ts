import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** Breaks a text at blanks so that no line is wider than the terminal; words that are wider stay whole, to be copied. */
export function wrap(text: string, terminalWidth: number): string {
  const width = Math.max(20, terminalWidth);
  return text
    .split('\n')
    .map((line) => (stringWidth(line) <= width ? line : wrapLine(line, width)))
    .join('\n');
}

/** Writes sentences to stderr: broken at blanks for a terminal, as they are into a pipe. @param text without its last line end */
export function printText(text: string): void {
  // A terminal that knows no width says 0.
  process.stderr.write(`${process.stderr.isTTY ? wrap(text, process.stderr.columns || 80) : text}\n`);
}

// What a line is indented by is no blank to break at.
function wrapLine(line: string, width: number): string {
  const [indent = ''] = /^ */.exec(line) ?? [];
  return `${indent}${wrapAnsi(line.slice(indent.length), Math.max(20, width - indent.length))}`;
}

/** The beginning of a text that fills so many columns; wide and combining characters stay whole. */
export function cutTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = '';
  let filled = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    filled += stringWidth(segment);
    if (filled > width) break;
    cut += segment;
  }
  return cut;
}

/** Rows that a line takes on a terminal of so many columns. */
export function rowsOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(stringWidth(line) / Math.max(1, columns)));
}
