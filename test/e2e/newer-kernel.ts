import { fileURLToPath } from 'node:url';
import { openSource } from '../../src/kd/symbols/bytes.js';
import { openMsf } from '../../src/kd/symbols/pdb/msf.js';
import { readPdb } from '../../src/kd/symbols/pdb/pdb.js';
import { INFO_BYTES, INFO_STREAM } from '../../src/kd/symbols/pdb/pdb-names.js';
import { writePdb } from '../kd/symbols/pdb-writer.js';

const PDB = fileURLToPath(new URL('../../fixtures/images/x64/ntkrnlmp.pdb', import.meta.url));

/** The kernel's PDB, but with the name that kernels since Windows 10 1903 have for where special pool is allocated. */
export async function newerPdb(): Promise<Buffer> {
  const source = await openSource(PDB);
  try {
    const { age, machine, sections, symbols } = await readPdb(source);
    const info = await (await openMsf(source)).read(INFO_STREAM, INFO_BYTES);
    return writePdb({
      guid: info.subarray(INFO_BYTES - 16),
      age,
      machine,
      sections: sections.map(({ name, rva, size }) => [name, rva, size]),
      symbols: symbols.map(({ name, rva, isFunction }) => {
        const section = sections.findIndex((each) => rva >= each.rva && rva < each.rva + each.size);
        const newer = name === 'MmAllocateSpecialPool' ? 'ExAllocateHeapSpecialPool' : name;
        return {
          name: newer,
          section: section + 1,
          offset: rva - (sections[section]?.rva ?? 0),
          flags: isFunction ? 2 : 0,
        };
      }),
    });
  } finally {
    await source.close();
  }
}
