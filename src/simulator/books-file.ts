import { renameSync, unlinkSync, writeFileSync } from 'node:fs';

/** Replaces a file of books as a whole, so that whoever reads it sees them complete. Times are rounded to tenths of a millisecond. */
export function replaceBooks(file: string, books: object): void {
  const draft = `${file}.${process.pid}`;
  const text = `${JSON.stringify(books, roundTimes, 1)}\n`;
  writeFileSync(draft, text);
  try {
    renameSync(draft, file);
  } catch {
    // Windows does not replace a file that somebody reads just now.
    writeFileSync(file, text);
    unlinkSync(draft);
  }
}

function roundTimes(key: string, value: unknown): unknown {
  return typeof value === 'number' && /(?:^|_)ms$/.test(key) ? Math.round(value * 10) / 10 : value;
}
