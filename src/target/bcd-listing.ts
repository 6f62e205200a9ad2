/** One object of a `bcdedit /enum` listing: its elements by name, in lower case. */
export type BcdObject = ReadonlyMap<string, string>;

/**
 * Reads a saved listing of bcdedit, in any language: titles are translated, element names are not,
 * but `identifier` is; an object is what stands under a row of dashes.
 */
export function parseBcdListing(text: string): BcdObject[] {
  const objects: Map<string, string>[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (/^-{3,}\s*$/.test(line)) objects.push(new Map());
    const [, name, value] = /^(\S+)\s{2,}(\S.*?)\s*$/.exec(line) ?? [];
    const object = objects.at(-1);
    if (!object || name === undefined || value === undefined) continue;
    object.set(object.size === 0 ? 'identifier' : name.toLowerCase(), value);
  }
  return objects;
}

/** Whether an element is on, in the languages that Windows prints; undefined for words that are not known. */
export function isOn(value: string | undefined): boolean | undefined {
  if (value === undefined) return false;
  if (/^(?:yes|on|true|1|ja|oui|s[ií]|sim|tak|ano|igen|evet|да|ja|kyllä|はい|是|예)$/i.test(value)) return true;
  if (/^(?:no|off|false|0|nein|non|não|nie|ne|nem|hayır|нет|nej|nei|ei|いいえ|否|아니요)$/i.test(value)) return false;
  return undefined;
}
