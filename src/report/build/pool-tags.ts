/** Whose tags are: what pooltag.txt of the Debugging Tools says. */
export interface PoolTags {
  /** @param tag its four bytes in memory order, zeros where C pads */
  find(tag: readonly number[]): Owner | undefined;
}

interface Owner {
  readonly driver: string;
  readonly description: string;
}

// ` Ntfs - ntfs.sys   - NTFS file system`; the tag is four characters, blanks included, and may have `?` or `*` at its end.
// Runs of blanks are one by then.
const ROW = /^ ?(\S(?: ?\S){0,3}) - (?:(.*?) )?- (.*)$/;

/**
 * Reads a pooltag.txt: `rem` lines are comments, and a line that is no row is left out, as PoolMon does.
 * Source: the file's own head, and "PoolMon Examples" in Microsoft's documentation.
 */
export function parsePoolTags(text: string): PoolTags {
  const exact = new Map<string, Owner>();
  // By prefix. There are no more than four lengths of one, however many rows; of several that fit, the first row counts.
  const wild = new Map<string, { readonly row: number; readonly owner: Owner }>();
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const row = /^\s*rem\b/i.test(line) ? null : ROW.exec(line.replace(/\s+/g, ' '));
    if (!row) continue;
    const tag = (row[1] as string).trimEnd();
    const owner = { driver: row[2] ?? '', description: (row[3] as string).trimEnd() };
    const star = tag.search(/[*?]/);
    if (star < 0) exact.set(tag, owner);
    else if (star > 0 && !wild.has(tag.slice(0, star))) wild.set(tag.slice(0, star), { row: index, owner });
  }
  return {
    find(bytes) {
      const tag = String.fromCharCode(...bytes).replace(/[\0 ]+$/, '');
      const fits = [1, 2, 3, 4].flatMap((length) => wild.get(tag.slice(0, length)) ?? []);
      return exact.get(tag) ?? fits.sort((a, b) => a.row - b.row)[0]?.owner;
    },
  };
}
