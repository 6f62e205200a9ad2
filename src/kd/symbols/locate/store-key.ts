import { whyNotOnWindows } from '../../../platform/file-name.js';
import type { PdbReference } from '../image/image-debug.js';

/** A file as symbol stores know it: `<root>/<name>/<key>/<name>`. */
export interface StoreKey {
  readonly name: string;
  readonly key: string;
}

export function pdbKey({ name, guid, age }: PdbReference): StoreKey {
  return { name, key: `${guid}${age.toString(16)}` };
}

/** Reads `ntkrnlmp.pdb/3844DBB920174967BE7AA4A2C20430FA2`, or such a folder of a store: a PDB's name, GUID and age. */
export function parsePdbKey(text: string): PdbReference | undefined {
  const [, name = '', guid = '', age = ''] =
    /(?:^|[\\/])([^\\/]+\.pdb)[\\/]([\da-f]{32})([\da-f]{1,8})$/i.exec(text) ?? [];
  if (name === '' || whyNoName(name) !== undefined) return undefined;
  return { name, guid: guid.toUpperCase(), age: Number.parseInt(age, 16) };
}

export function imageKey(name: string, timeStamp: number, sizeOfImage: number): StoreKey {
  return { name, key: `${timeStamp.toString(16).toUpperCase().padStart(8, '0')}${sizeOfImage.toString(16)}` };
}

/**
 * A name comes from the target, and must not lead out of a store or into a device. @returns what is wrong with it, or undefined
 */
export function whyNoName(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..' || /[\\/:]/.test(name)) return 'it is not a valid file name';
  return name.length > 200 ? 'it is too long' : whyNotOnWindows(name);
}

/** The parts of a path in a store; in one of two tiers the first two letters stand in front. */
export function storeParts({ name, key }: StoreKey, file: string, twoTiers: boolean): string[] {
  return [...(twoTiers ? [name.slice(0, 2).toLowerCase()] : []), name, key, file];
}

/** How stores name the compressed form: `ntoskrnl.ex_`. */
export function compressedName(name: string): string {
  return `${name.slice(0, -1)}_`;
}
