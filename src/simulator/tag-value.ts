/** The 32-bit value of a tag of up to four characters, blank-padded: `Ddk ` is 0x206b6444. */
export function tagValue(tag: string): number {
  return Buffer.from(tag.padEnd(4), 'latin1').readUInt32LE(0);
}
