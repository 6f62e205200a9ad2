import { BadFile, u32, zeroText } from '../bytes.js';

/** The head of a PDB's stream 1. */
export const INFO_STREAM = 1;
export const INFO_BYTES = 28;

/** A frame program is some 100 characters; a damaged name must not cost megabytes. */
const LONGEST_TEXT = 2048;

/**
 * The number of a named stream, from the table behind the head of stream 1: a buffer of names, and a hash table of pairs
 * (offset of the name, stream). @throws BadFile
 */
export function namedStream(info: Buffer, name: string): number | undefined {
  const textBytes = u32(info, INFO_BYTES);
  const texts = info.subarray(INFO_BYTES + 4, INFO_BYTES + 4 + textBytes);
  let at = INFO_BYTES + 4 + textBytes;
  const count = u32(info, at);
  at += 8;
  // Two sets of bits, present and deleted, each with its number of words before it.
  for (let set = 0; set < 2; set++) at += 4 + u32(info, at) * 4;
  if (count * 8 > info.length - at) throw new BadFile('it is a damaged PDB: its table of named streams is too short');
  for (let index = 0; index < count; index++, at += 8)
    if (u32(info, at) < texts.length && zeroText(texts, u32(info, at)) === name) return u32(info, at + 4);
  return undefined;
}

/** Reads the stream `/names`: gives the text at an offset, '' where there is none. */
export function parseNames(stream: Buffer): (offset: number) => string {
  if (stream.length < 12 || stream.readUInt32LE(0) !== 0xeffeeffe) return () => '';
  const texts = stream.subarray(12, 12 + stream.readUInt32LE(8));
  const known = new Map<number, string>();
  return (offset) => {
    let text = known.get(offset);
    if (text === undefined) {
      text = offset < texts.length ? zeroText(texts.subarray(offset, offset + LONGEST_TEXT), 0) : '';
      known.set(offset, text);
    }
    return text;
  };
}
