import { CommandError } from '../shell-context.js';

/** Which tags are asked for. */
export interface TagPattern {
  /** The four bytes of the only one, the first character lowest; undefined for several. */
  readonly key: number | undefined;
  fits(tag: string): boolean;
}

/** Reads a TAG argument: up to four characters of which case matters, `*` and `?`, with or without quotes around its blanks. */
export function tagPattern(text: string): TagPattern {
  const plain = /^(['"])(.*)\1$/s.exec(text.trim())?.[2] ?? text.trim();
  if (plain === '') return { key: undefined, fits: () => true };
  if (/[^ -~]/.test(plain) || (plain.length > 4 && !plain.includes('*')))
    throw new CommandError(`'${plain}' is not a pool tag: a tag has four characters, of which * and ? match any.`);
  const padded = plain.includes('*') ? plain : plain.padEnd(4);
  const key = /[*?]/.test(plain) ? undefined : Buffer.from(padded, 'latin1').readUInt32LE(0);
  const source = padded
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 's');
  return { key, fits: (tag) => expression.test(tag) };
}

/** A tag as it is shown: what cannot be printed stands as a dot. */
export function tagText(key: number): string {
  return [0, 8, 16, 24]
    .map((shift) => (key >>> shift) & 0xff)
    .map((byte) => (byte < 0x20 || byte > 0x7e ? '.' : String.fromCharCode(byte)))
    .join('');
}
