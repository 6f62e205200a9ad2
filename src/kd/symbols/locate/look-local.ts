import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, systemCode } from '../../../fault.js';
import { FILE_POINTER, parseFilePointer } from '../image/file-ptr.js';
import { existingPath } from './existing-file.js';
import type { Wanted } from './locate-options.js';
import { compressedName, type StoreKey, storeParts } from './store-key.js';

export type Look = { readonly file: string } | { readonly what: string };

/** A store has this file in its root when the first two letters of each name are folders of their own. */
export const TWO_TIERS = 'index2.txt';

/** Looks into a folder that is laid out as a symbol store. */
export function lookInStore(root: string, wanted: Wanted): Promise<Look> {
  return saying(async () => {
    if ((await existingPath(root, [])) === undefined || root === '') return { what: 'there is no such folder' };
    const twoTiers = (await existingPath(root, [TWO_TIERS])) !== undefined;
    const at = (file: string) => existingPath(root, storeParts(wanted, file, twoTiers));
    const plain = await at(wanted.name);
    if (plain !== undefined) return checked(plain, wanted);
    if ((await at(compressedName(wanted.name))) !== undefined) return { what: onlyCompressed(wanted.name) };
    const pointer = await at(FILE_POINTER);
    return pointer === undefined ? { what: 'not there' } : followed(pointer, wanted);
  });
}

/** Where a file belongs in a store, of one tier or two. */
export async function placeInStore(root: string, wanted: StoreKey): Promise<string> {
  const twoTiers = (await existingPath(root, [TWO_TIERS]).catch(() => undefined)) !== undefined;
  return path.join(root, ...storeParts(wanted, wanted.name, twoTiers));
}

async function followed(pointer: string, wanted: Wanted): Promise<Look> {
  const to = parseFilePointer(await readFile(pointer, 'utf8'));
  if ('message' in to) return { what: `${FILE_POINTER} says: ${to.message}` };
  if ((await existingPath(to.path, [])) === undefined)
    return { what: `${FILE_POINTER} names ${to.path}, where there is none` };
  return checked(to.path, wanted);
}

/** Looks into a folder of files, and into those where debuggers keep them below it. */
export function lookInFolder(folder: string, wanted: Wanted): Promise<Look> {
  return saying(async () => {
    if ((await existingPath(folder, [])) === undefined) return { what: 'there is no such folder' };
    const { name } = wanted;
    const extension = path.extname(name).slice(1);
    const below = [[name], ['symbols', extension, name], [extension, name], storeParts(wanted, name, false)];
    const wrong: string[] = [];
    for (const parts of below) {
      const file = await existingPath(folder, parts);
      const look = file === undefined ? undefined : await checked(file, wanted);
      if (look && 'file' in look) return look;
      if (look) wrong.push(look.what);
    }
    return { what: wrong[0] ?? 'not there' };
  });
}

async function checked(file: string, wanted: Wanted): Promise<Look> {
  const wrong = await wanted.check(file);
  return wrong === undefined ? { file } : { what: `${file} is not the right one: ${wrong}` };
}

export function onlyCompressed(name: string): string {
  return `only compressed (${compressedName(name)}), which is not supported: expand it there with Windows' expand.exe`;
}

async function saying(look: () => Promise<Look>): Promise<Look> {
  try {
    return await look();
  } catch (error) {
    return { what: `cannot be read: ${systemCode(error) ?? messageOf(error)}` };
  }
}
