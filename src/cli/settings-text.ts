/**
 * The text of a settings file as an editor of Windows saved it: UTF-8 with or without a mark, or what Notepad calls Unicode.
 * @returns undefined for bytes that are neither, as a rule an ANSI code page, which nothing names
 */
export function settingsText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  const encoding =
    (first === 0xff && second === 0xfe) || (first !== 0 && second === 0)
      ? 'utf-16le'
      : (first === 0xfe && second === 0xff) || (first === 0 && second !== 0)
        ? 'utf-16be'
        : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * What a path in double quotes makes of its backslashes: `"C:\temp"` has a tab in it, and is no error to TOML.
 * @returns the value as it was probably meant, or undefined if there is nothing odd about it
 */
export function swallowedBackslash(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/[\b\t\n\f\r\x1b]/.test(value)) return undefined;
  const letters: Readonly<Record<string, string>> = {
    '\b': 'b',
    '\t': 't',
    '\n': 'n',
    '\f': 'f',
    '\r': 'r',
    '\x1b': 'e',
  };
  return value.replace(/[\b\t\n\f\r\x1b]/g, (char) => `\\${letters[char]}`);
}
