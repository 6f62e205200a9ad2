import { readdirSync } from 'node:fs';
import path from 'node:path';
import { EXIT, Fault } from '../fault.js';

/**
 * Names with `*` and `?` in their last part, as the files that they stand for: cmd.exe leaves that to programs. A file that has
 * such a name itself is taken by it.
 * @throws Fault `no-such-files` for a pattern that nothing fits
 */
export function expandFiles(names: readonly string[]): string[] {
  return names.flatMap((name) => (/[*?]/.test(path.basename(name)) ? filesLike(name) : [name]));
}

function filesLike(pattern: string): string[] {
  const folder = path.dirname(pattern);
  const source = path
    .basename(pattern)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const fits = new RegExp(`^${source}$`, process.platform === 'win32' ? 'is' : 's');
  const found = entriesOf(folder).filter((name) => fits.test(name));
  if (found.length === 0)
    throw new Fault(
      'no-such-files',
      EXIT.usage,
      `No file is like '${pattern}'.`,
      'Name the files, or another pattern.',
    );
  // As it was written: `*.sys` gives names, `C:\\drivers\\*.sys` paths.
  const before = pattern.slice(0, pattern.length - path.basename(pattern).length);
  return found.sort().map((name) => `${before}${name}`);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
