import { halves, words } from './msf-writer.js';
import { sectionHeader } from './pdb-writer.js';

export interface WrittenRecord {
  readonly name: string;
  readonly value: number;
  readonly section: number;
  readonly type?: number;
  readonly storage?: number;
  readonly auxiliary?: number;
}

export const COFF_STAMP = 0x6b033e87;
export const COFF_IMAGE_SIZE = 0x4000;

/** A 32-bit image of .text at 1000 and .data at 2000, with the symbols as MinGW leaves them: in the file, behind the sections. */
export function writeCoffImage(records: readonly WrittenRecord[], timeStamp = COFF_STAMP): Buffer {
  let texts = Buffer.alloc(4);
  const encode = ({ name, value, section, type = 0, storage = 2, auxiliary = 0 }: WrittenRecord) => {
    const bytes = Buffer.alloc(18 * (1 + auxiliary), 0xee);
    bytes.fill(0, 0, 8);
    if (name.length <= 8) bytes.write(name, 'latin1');
    else {
      bytes.writeUInt32LE(texts.length, 4);
      texts = Buffer.concat([texts, Buffer.from(`${name}\0`)]);
    }
    bytes.writeUInt32LE(value, 8);
    bytes.writeInt16LE(section, 12);
    bytes.writeUInt16LE(type, 14);
    bytes.writeUInt8(storage, 16);
    bytes.writeUInt8(auxiliary, 17);
    return bytes;
  };
  const table = Buffer.concat(records.map(encode));
  texts.writeUInt32LE(texts.length, 0);
  const sections = [
    sectionHeader('.text', 0x1000, 0x1000, 0x400),
    sectionHeader('.data', 0x2000, 0x1000, 0x600, 0xc0000040),
  ];
  const optional = Buffer.alloc(224);
  optional.writeUInt16LE(0x10b, 0);
  optional.writeUInt32LE(0x400000, 28);
  optional.writeUInt32LE(COFF_IMAGE_SIZE, 56);
  optional.writeUInt32LE(0x2f78c1, 64);
  optional.writeUInt32LE(16, 92);
  const header = Buffer.concat([
    Buffer.from('PE\0\0'),
    halves(0x14c, sections.length),
    words(timeStamp, 0x800, table.length / 18),
    halves(optional.length, 0x102),
    optional,
    ...sections,
  ]);
  const image = Buffer.alloc(0x800);
  image.write('MZ');
  image.writeUInt32LE(0x80, 0x3c);
  header.copy(image, 0x80);
  return Buffer.concat([image, table, texts]);
}
