import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EXIT, Fault, messageOf, systemCode } from '../fault.js';
import { checkFileName } from '../platform/file-name.js';
import type { KitFile } from './kit.js';
import { hexTag, type PoolTag } from './tag.js';

/** `livedebug-kit-Ddk`; by value where the tag has characters that folders may not have. */
export function kitFolderName(tag: PoolTag): string {
  const name = tag.tag.trim();
  const plain = /^[A-Za-z0-9_]+$/.test(name) && tag.tag.startsWith(name);
  return `livedebug-kit-${plain ? name : hexTag(tag.value).slice(2)}`;
}

/** The state folder of a computer and the longest name in it, for scripts that know no longer paths. */
const LONGEST_NAME = '\\state-COMPUTERNAME-16\\memory-management-before.reg'.length;

/** Read and written by its owner only. Windows has no such mode; a folder of one's own is closed to others there. */
const PRIVATE = 0o600;

/**
 * Writes a kit. Files that are there already and the same are left alone. Where one of them holds a key, nobody else may read any.
 * @returns the names of the files that were written
 * @throws Fault `bad-file-name`, `path-too-long`; `kit-exists` if other files of these names are there and `force` is off; nothing is written then
 */
export async function writeKit(folder: string, files: readonly KitFile[], force: boolean): Promise<string[]> {
  checkFileName(folder, LONGEST_NAME);
  try {
    const present = await Promise.all(files.map(({ name }) => contentOf(path.join(folder, name))));
    const changed = files.filter((file, i) => present[i] !== file.content);
    const clash = changed.find((file) => present[files.indexOf(file)] !== undefined);
    if (clash && !force)
      throw new Fault(
        'kit-exists',
        EXIT.usage,
        `'${folder}' holds another kit: its ${clash.name} differs.`,
        'Name another folder with --out, or replace its files with --force. Its state folders are kept either way.',
      );
    await mkdir(folder, { recursive: true });
    const isPrivate = files.some(({ secret }) => secret);
    // Of files that are there already before they hold the key.
    if (isPrivate)
      for (const [i, { name }] of files.entries())
        if (present[i] !== undefined) await chmod(path.join(folder, name), PRIVATE);
    for (const { name, content } of changed)
      await writeFile(path.join(folder, name), content, {
        encoding: 'latin1',
        ...(isPrivate && { mode: PRIVATE }),
      });
    return changed.map((file) => file.name);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(
      'kit-unwritable',
      EXIT.usage,
      `The kit could not be written to '${folder}': ${messageOf(error)}.`,
      'Name another folder with --out.',
      { cause: error },
    );
  }
}

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'latin1');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
