// Makes a DLL without a compiler: a 64 bit image of one section whose exports all forward to functions of other DLLs.
// Wine 8 has no bcryptprimitives.dll, and the Windows build of vitest's bundler imports ProcessPrng from it.

const HEADERS = 0x200;
const SECTION = 0x1000;

/** @param {string} dll its own name @param {Record<string, string>} forwards exported name -> `DLL.Function` */
export function forwarderDll(dll, forwards) {
  const section = exportSection(dll, forwards);
  const raw = Math.ceil(section.length / 0x200) * 0x200;
  const file = Buffer.alloc(HEADERS + raw);
  section.copy(file, HEADERS);
  file.write('MZ', 0, 'latin1');
  file.writeUInt32LE(0x40, 0x3c);
  file.write('PE\0\0', 0x40, 'latin1');
  const coff = 0x44;
  file.writeUInt16LE(0x8664, coff); // x64
  file.writeUInt16LE(1, coff + 2); // sections
  file.writeUInt16LE(240, coff + 16); // size of the optional header
  file.writeUInt16LE(0x2022, coff + 18); // executable image, large addresses, DLL
  const optional = coff + 20;
  file.writeUInt16LE(0x20b, optional); // PE32+
  file.writeUInt32LE(raw, optional + 8); // size of initialised data
  file.writeBigUInt64LE(0x180000000n, optional + 24); // image base
  file.writeUInt32LE(SECTION, optional + 32); // alignment in memory
  file.writeUInt32LE(0x200, optional + 36); // alignment in the file
  file.writeUInt16LE(6, optional + 40); // operating system 6.0
  file.writeUInt16LE(6, optional + 48); // subsystem 6.0
  file.writeUInt32LE(SECTION * 2, optional + 56); // size in memory
  file.writeUInt32LE(HEADERS, optional + 60);
  file.writeUInt16LE(3, optional + 68); // console subsystem
  file.writeUInt16LE(0x100, optional + 70); // may not run data
  file.writeUInt32LE(16, optional + 108); // directories, of which the first is the exports
  file.writeUInt32LE(SECTION, optional + 112);
  file.writeUInt32LE(section.length, optional + 116);
  const header = optional + 240;
  file.write('.rdata', header, 'latin1');
  file.writeUInt32LE(section.length, header + 8);
  file.writeUInt32LE(SECTION, header + 12);
  file.writeUInt32LE(raw, header + 16);
  file.writeUInt32LE(HEADERS, header + 20);
  file.writeUInt32LE(0x40000040, header + 36); // initialised data, readable
  return file;
}

// An export whose address lies inside the export directory is no code but the text `DLL.Function`.
function exportSection(dll, forwards) {
  const names = Object.keys(forwards).sort();
  const [functions, pointers, ordinals] = [40, 40 + 4 * names.length, 40 + 8 * names.length];
  const tables = Buffer.alloc(ordinals + 2 * names.length);
  const texts = [];
  let end = SECTION + tables.length;
  const place = (text) => {
    const bytes = Buffer.from(`${text}\0`, 'latin1');
    texts.push(bytes);
    end += bytes.length;
    return end - bytes.length;
  };
  tables.writeUInt32LE(place(dll), 12);
  tables.writeUInt32LE(1, 16); // first ordinal
  tables.writeUInt32LE(names.length, 20);
  tables.writeUInt32LE(names.length, 24);
  tables.writeUInt32LE(SECTION + functions, 28);
  tables.writeUInt32LE(SECTION + pointers, 32);
  tables.writeUInt32LE(SECTION + ordinals, 36);
  for (const [index, name] of names.entries()) {
    tables.writeUInt32LE(place(forwards[name]), functions + 4 * index);
    tables.writeUInt32LE(place(name), pointers + 4 * index);
    tables.writeUInt16LE(index, ordinals + 2 * index);
  }
  return Buffer.concat([tables, ...texts]);
}
