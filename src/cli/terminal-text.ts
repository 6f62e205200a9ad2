import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** Breaks a text at blanks so that no line is wider than the terminal; words that are wider stay whole, to be copied. */
export function wrap(text: string, terminalWidth: number): string {
  return wrapAnsi(text, Math.max(20, terminalWidth), { trim: false })
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
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
