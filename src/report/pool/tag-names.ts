import type { PoolTags } from '../build/pool-tags.js';
import type { ReportTagUse } from './model.js';

/** The bytes of a tag in memory order; undefined where its characters are no bytes. */
export function tagBytes(tag: string): number[] | undefined {
  const bytes = [...tag].map((character) => character.charCodeAt(0));
  return bytes.length === 4 && bytes.every((byte) => byte < 0x100) ? bytes : undefined;
}

/** A tag as the registry and `dd` show it: `0x206b6444`; null where its characters are no bytes. */
export function hexOf(tag: string): string | null {
  const bytes = tagBytes(tag);
  return bytes
    ? `0x${[...bytes]
        .reverse()
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join('')}`
    : null;
}

// `Etw Buffer , Binary: nt!etw` of `!poolused`, `ntfs.sys - AttrSup.c` of `poolmon /g`.
const USED = /^(.*?)\s*,?\s*Binary\s*:\s*(\S.*)$/i;
const MAPPED = /^(\S+\.\w{3}|[\w!]+)\s+-\s+(.*)$/;

/** What pooltag.txt says of a tag that any driver may bear. */
const NOBODY = '<unknown>';

/** Whose a tag is: by pooltag.txt, else by what the table itself says. */
export function ownerOf(tag: string, says: string | undefined, poolTags: PoolTags | undefined): ReportTagUse['owner'] {
  const bytes = tagBytes(tag);
  const known = bytes && poolTags?.find(bytes);
  if (known) return named(known.driver, known.description);
  if (says === undefined) return null;
  const [, description, driver] = USED.exec(says) ?? [];
  if (description !== undefined && driver !== undefined) return named(driver, description);
  const [, mapped, source] = MAPPED.exec(says) ?? [];
  if (mapped !== undefined && source !== undefined) return { driver: mapped, description: source };
  return { driver: '', description: says };
}

function named(driver: string, description: string): ReportTagUse['owner'] {
  return { driver: driver.toLowerCase() === NOBODY ? '' : driver, description };
}

/** An owner in a few words; empty where none is known. */
export function ownerText(owner: ReportTagUse['owner']): string {
  if (!owner) return '';
  return [owner.driver, owner.description].filter((part) => part !== '').join(': ');
}
