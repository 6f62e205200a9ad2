import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Architecture, imagesOf } from './laboratory.js';

/**
 * The symbols of a target, but the kernel has another name in the place of one. The names are equally long, so that the files
 * stay what they are; the hash by which a debugger looks for the old name leads to the new one.
 * @param folder where the copies are put
 * @returns the folder of the copies
 */
export function symbolsWithout(architecture: Architecture, name: string, folder: string): string {
  const copies = path.join(folder, 'symbols');
  cpSync(imagesOf(architecture), copies, { recursive: true });
  const file = path.join(copies, 'ntkrnlmp.pdb');
  const pdb = readFileSync(file);
  const other = Buffer.from(`${name.slice(0, -1)}_`, 'latin1');
  let found = 0;
  for (let at = pdb.indexOf(name); at >= 0; at = pdb.indexOf(name, at + 1)) {
    other.copy(pdb, at);
    found++;
  }
  if (found === 0) throw new Error(`${file} has no ${name}`);
  writeFileSync(file, pdb);
  return copies;
}

/** A target's images alone: a debugger that has no PDB knows the names that they export. @returns a folder of copies */
export function imagesWithoutPdbs(architecture: Architecture, folder: string): string {
  const copies = path.join(folder, 'images');
  mkdirSync(copies);
  for (const name of readdirSync(imagesOf(architecture)))
    if (!name.endsWith('.pdb')) cpSync(path.join(imagesOf(architecture), name), path.join(copies, name));
  return copies;
}
