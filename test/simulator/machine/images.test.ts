import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { imageFiles } from '../../../src/simulator/machine/images/catalogue.js';
import { readPublics } from '../../../src/simulator/machine/images/pdb-publics.js';
import { kernelFamily } from '../../../src/simulator/machine/kernels.js';
import { KERNELS } from './booted.js';

/** When its Windows was built; drivers of a folder are as old as its kernel, about. */
const YEARS: Readonly<Record<string, readonly [from: number, to: number]>> = {
  'x64-2003': [2007, 2007],
  'x64-10': [2019, 2019],
  'x64-11': [2024, 2024],
};

describe.each(KERNELS)('%s', (folder, { architecture, kernel }) => {
  const files = imageFiles(architecture, kernelFamily(architecture, kernel));
  // What a kernel shares with others is looked at with those.
  const own = files.filter(({ file }) => path.basename(path.dirname(file)) === folder);

  test('has a kernel of its own', () => {
    expect(own.map(({ name }) => name)).toEqual(folder.includes('-') ? ['nt'] : files.map(({ name }) => name));
  });

  describe.each(own.map((image) => [path.basename(image.file), image] as const))('%s', (_name, image) => {
    const pe = image.pe;
    const pdb = readFileSync(image.pdb);

    test('names its PDB, and the PDB is that one', () => {
      const publics = readPublics(pdb);
      expect(pe.codeView).toEqual({ guid: publics.guid, age: publics.age, pdb: path.basename(image.pdb) });
      expect(publics.symbols.length).toBeGreaterThan(1);
    });

    test('tells nothing about the machine it was built on', () => {
      for (const bytes of [pe.bytes, pdb])
        for (const encoding of ['latin1', 'utf16le'] as const)
          expect(bytes.toString(encoding)).not.toMatch(
            /\/(home|root|tmp|usr|work|opt|Users|mnt)\/|[A-Z]:\\(?!\\)[A-Za-z]/,
          );
    });

    test('has a checksum and a date of its own', () => {
      expect(pe.checkSum).toBeGreaterThan(0);
      const year = new Date(pe.timeStamp * 1000).getUTCFullYear();
      const [from, to] = YEARS[folder] ?? [2009, 2011];
      expect(year).toBeGreaterThanOrEqual(from);
      expect(year).toBeLessThanOrEqual(to);
    });
  });
});
