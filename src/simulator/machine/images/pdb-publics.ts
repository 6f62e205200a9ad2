/** As much of a PDB as naming addresses takes: its identity, and the public symbols with their section and offset. */
export interface PdbPublics {
  /** The GUID's 16 bytes in hexadecimal, as they lie in the file. */
  readonly guid: string;
  readonly age: number;
  readonly symbols: readonly { readonly name: string; readonly section: number; readonly offset: number }[];
}

const S_PUB32 = 0x110e;

export function readPublics(file: Buffer): PdbPublics {
  const stream = openStreams(file);
  const info = stream(1);
  const dbi = stream(3);
  const records = stream(dbi.readUInt16LE(20));
  const symbols: { name: string; section: number; offset: number }[] = [];
  for (let at = 0; at + 4 <= records.length; at += records.readUInt16LE(at) + 2) {
    if (records.readUInt16LE(at + 2) !== S_PUB32) continue;
    const end = records.indexOf(0, at + 14);
    symbols.push({
      offset: records.readUInt32LE(at + 8),
      section: records.readUInt16LE(at + 12),
      name: records.toString('latin1', at + 14, end),
    });
  }
  return { guid: info.subarray(12, 28).toString('hex'), age: dbi.readUInt32LE(8), symbols };
}

function openStreams(file: Buffer): (index: number) => Buffer {
  const blockSize = file.readUInt32LE(0x20);
  const blocks = (bytes: number) => Math.ceil(bytes / blockSize);
  const gather = (list: Buffer, count: number) =>
    Buffer.concat(
      Array.from({ length: count }, (_, index) => {
        const block = list.readUInt32LE(index * 4) * blockSize;
        return file.subarray(block, block + blockSize);
      }),
    );
  const directoryBytes = file.readUInt32LE(0x2c);
  const map = file.subarray(file.readUInt32LE(0x34) * blockSize);
  const directory = gather(map, blocks(directoryBytes));
  const count = directory.readUInt32LE(0);
  const sizes = Array.from({ length: count }, (_, index) => {
    const size = directory.readUInt32LE(4 + index * 4);
    return size === 0xffffffff ? 0 : size;
  });
  return (index) => {
    const size = sizes[index];
    if (size === undefined) throw new Error(`the PDB has no stream ${index}`);
    const before = sizes.slice(0, index).reduce((sum, each) => sum + blocks(each), 0);
    return gather(directory.subarray(4 + count * 4 + before * 4), blocks(size)).subarray(0, size);
  };
}

/** `_Name@16`, `@Name@8` and `_Name` of x86 as C has them. */
export function undecoratedPublic(name: string): string {
  return name.replace(/^[_@]/, '').replace(/@\d+$/, '');
}
