/** A PE file: what a loader needs of it, and what says which PDB belongs to it. */
export interface PeImage {
  readonly wide: boolean;
  readonly bytes: Buffer;
  readonly preferredBase: bigint;
  readonly size: number;
  readonly headersSize: number;
  readonly checkSum: number;
  readonly timeStamp: number;
  /** RVAs; the entry is 0 when there is none. */
  readonly entry: number;
  readonly sections: readonly ImageSection[];
  readonly exports: ReadonlyMap<string, number>;
  readonly imports: readonly Import[];
  readonly relocations: readonly Relocation[];
  /** An entry of the data directory. */
  readonly directory: (index: number) => Directory;
  readonly codeView: { readonly guid: string; readonly age: number; readonly pdb: string } | undefined;
}

export interface ImageSection {
  readonly name: string;
  readonly rva: number;
  readonly size: number;
  readonly fileOffset: number;
  readonly fileSize: number;
  readonly writable: boolean;
  readonly discardable: boolean;
}

export interface Import {
  readonly module: string;
  readonly name: string;
  /** The RVA of the pointer to fill in. */
  readonly slot: number;
}

export interface Relocation {
  readonly rva: number;
  readonly size: 4 | 8;
}

const DIRECTORY = { exports: 0, imports: 1, relocations: 5, debug: 6 };

export function readPe(bytes: Buffer): PeImage {
  const header = bytes.readUInt32LE(0x3c);
  if (bytes.toString('latin1', header, header + 4) !== 'PE\0\0') throw new Error('not a PE file');
  const optional = header + 24;
  const wide = bytes.readUInt16LE(optional) === 0x20b;
  const sections = readSections(bytes, header);
  const at = (rva: number) => fileOffset(sections, rva);
  const directory = (index: number) => {
    const entry = optional + (wide ? 112 : 96) + index * 8;
    return { rva: bytes.readUInt32LE(entry), size: bytes.readUInt32LE(entry + 4) };
  };
  return {
    wide,
    bytes,
    preferredBase: wide ? bytes.readBigUInt64LE(optional + 24) : BigInt(bytes.readUInt32LE(optional + 28)),
    size: bytes.readUInt32LE(optional + 56),
    headersSize: bytes.readUInt32LE(optional + 60),
    checkSum: bytes.readUInt32LE(optional + 64),
    timeStamp: bytes.readUInt32LE(header + 8),
    entry: bytes.readUInt32LE(optional + 16),
    sections,
    exports: readExports(bytes, at, directory(DIRECTORY.exports)),
    imports: readImports(bytes, at, directory(DIRECTORY.imports), wide),
    directory,
    relocations: readRelocations(bytes, at, directory(DIRECTORY.relocations)),
    codeView: readCodeView(bytes, at, directory(DIRECTORY.debug)),
  };
}

export interface Directory {
  readonly rva: number;
  readonly size: number;
}

type At = (rva: number) => number;

function readSections(bytes: Buffer, header: number): ImageSection[] {
  const count = bytes.readUInt16LE(header + 6);
  const first = header + 24 + bytes.readUInt16LE(header + 20);
  return Array.from({ length: count }, (_, index) => {
    const at = first + index * 40;
    const flags = bytes.readUInt32LE(at + 36);
    return {
      name: text(bytes, at, 8),
      size: bytes.readUInt32LE(at + 8),
      rva: bytes.readUInt32LE(at + 12),
      fileSize: bytes.readUInt32LE(at + 16),
      fileOffset: bytes.readUInt32LE(at + 20),
      writable: (flags & 0x80000000) !== 0,
      discardable: (flags & 0x02000000) !== 0,
    };
  });
}

function fileOffset(sections: readonly ImageSection[], rva: number): number {
  const section = sections.find((each) => rva >= each.rva && rva < each.rva + Math.max(each.size, each.fileSize));
  if (!section) throw new Error(`no section holds rva ${rva.toString(16)}`);
  return rva - section.rva + section.fileOffset;
}

function text(bytes: Buffer, at: number, limit = 512): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString('latin1', at, end < 0 ? at + limit : Math.min(end, at + limit));
}

function readExports(bytes: Buffer, at: At, { rva }: Directory): Map<string, number> {
  const found = new Map<string, number>();
  if (rva === 0) return found;
  const table = at(rva);
  const names = bytes.readUInt32LE(table + 24);
  const functions = at(bytes.readUInt32LE(table + 28));
  for (let index = 0; index < names; index++) {
    const name = text(bytes, at(bytes.readUInt32LE(at(bytes.readUInt32LE(table + 32)) + index * 4)));
    const ordinal = bytes.readUInt16LE(at(bytes.readUInt32LE(table + 36)) + index * 2);
    found.set(name, bytes.readUInt32LE(functions + ordinal * 4));
  }
  return found;
}

function readImports(bytes: Buffer, at: At, { rva }: Directory, wide: boolean): Import[] {
  const found: Import[] = [];
  const width = wide ? 8 : 4;
  for (let entry = rva && at(rva); entry && bytes.readUInt32LE(entry + 12) !== 0; entry += 20) {
    const module = text(bytes, at(bytes.readUInt32LE(entry + 12)));
    const lookup = at(bytes.readUInt32LE(entry));
    const slots = bytes.readUInt32LE(entry + 16);
    for (let index = 0; bytes.readUInt32LE(lookup + index * width) !== 0; index++) {
      const hint = bytes.readUInt32LE(lookup + index * width);
      found.push({ module, name: text(bytes, at(hint) + 2), slot: slots + index * width });
    }
  }
  return found;
}

function readRelocations(bytes: Buffer, at: At, { rva, size }: Directory): Relocation[] {
  const found: Relocation[] = [];
  const end = rva && at(rva) + size;
  for (let block = rva && at(rva); block < end; block += bytes.readUInt32LE(block + 4)) {
    const page = bytes.readUInt32LE(block);
    for (let entry = block + 8; entry < block + bytes.readUInt32LE(block + 4); entry += 2) {
      const value = bytes.readUInt16LE(entry);
      if (value >> 12 === 3) found.push({ rva: page + (value & 0xfff), size: 4 });
      if (value >> 12 === 10) found.push({ rva: page + (value & 0xfff), size: 8 });
    }
  }
  return found;
}

function readCodeView(bytes: Buffer, at: At, { rva, size }: Directory): PeImage['codeView'] {
  for (let entry = rva && at(rva); rva && entry < at(rva) + size; entry += 28) {
    if (bytes.readUInt32LE(entry + 12) !== 2) continue;
    const record = bytes.readUInt32LE(entry + 24);
    if (bytes.toString('latin1', record, record + 4) !== 'RSDS') continue;
    const guid = bytes.subarray(record + 4, record + 20).toString('hex');
    return { guid, age: bytes.readUInt32LE(record + 20), pdb: text(bytes, record + 24) };
  }
  return undefined;
}
