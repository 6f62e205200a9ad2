import { replaceFile } from '../platform/replace-file.js';

/** Replaces a file of statistics as a whole, so that whoever reads it sees them complete. Times are rounded to tenths of a millisecond. */
export function replaceBooks(file: string, books: object): void {
  replaceFile(file, `${JSON.stringify(books, roundTimes, 1)}\n`);
}

function roundTimes(key: string, value: unknown): unknown {
  return typeof value === 'number' && /(?:^|_)ms$/.test(key) ? Math.round(value * 10) / 10 : value;
}
