import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { imageFiles } from '../../src/machine/images/catalogue.js';
import { readPublics } from '../../src/machine/images/pdb-publics.js';
import { ARCHITECTURES } from './booted.js';

describe.each(ARCHITECTURES)('%s', (architecture) => {
  describe.each(imageFiles(architecture).map((image) => [path.basename(image.file), image] as const))(
    '%s',
    (_name, image) => {
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
        expect(year).toBeGreaterThanOrEqual(2009);
        expect(year).toBeLessThanOrEqual(2011);
      });
    },
  );
});
