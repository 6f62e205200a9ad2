/** Whose tags are: what pooltag.txt of the Debugging Tools says. */
export interface PoolTags {
  /** @param tag its four bytes in memory order, zeros where C pads */
  find(tag: readonly number[]): { readonly driver: string; readonly description: string } | undefined;
}

// ` Ntfs - ntfs.sys   - NTFS file system`; the tag is four characters, blanks included, and may have `?` or `*` at its end.
// Runs of blanks are one by then.
const ROW = /^ ?(\S(?: ?\S){0,3}) - (?:(.*?) )?- (.*)$/;

/**
 * Reads a pooltag.txt: `rem` lines are comments, and a line that is no row is left out, as PoolMon does.
 * Source: the file's own head, and "PoolMon Examples" in Microsoft's documentation.
 */
export function parsePoolTags(text: string): PoolTags {
  const exact = new Map<string, { driver: string; description: string }>();
  const wild: { prefix: string; owner: { driver: string; description: string } }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const row = /^\s*rem\b/i.test(line) ? null : ROW.exec(line.replace(/\s+/g, ' '));
    if (!row) continue;
    const tag = (row[1] as string).trimEnd();
    const owner = { driver: row[2] ?? '', description: (row[3] as string).trimEnd() };
    const star = tag.search(/[*?]/);
    if (star >= 0) wild.push({ prefix: tag.slice(0, star), owner });
    else exact.set(tag, owner);
  }
  return {
    find(bytes) {
      const tag = String.fromCharCode(...bytes).replace(/[\0 ]+$/, '');
      return exact.get(tag) ?? wild.find(({ prefix }) => prefix !== '' && tag.startsWith(prefix))?.owner;
    },
  };
}
