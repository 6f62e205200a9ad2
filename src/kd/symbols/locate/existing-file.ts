import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../../../fault.js';

/**
 * The path below a folder, with the letters of its parts as the disk has them: stores are written by Windows, where case does not matter.
 * Undefined where there is nothing. @throws what the system says of anything but an absent file
 */
export async function existingPath(folder: string, parts: readonly string[]): Promise<string | undefined> {
  if (!(await exists(folder))) return undefined;
  let at = folder;
  for (const part of parts) {
    const exact = path.join(at, part);
    const next = (await exists(exact)) ? exact : await otherCase(at, part);
    if (next === undefined) return undefined;
    at = next;
  }
  return at;
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function otherCase(folder: string, name: string): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  try {
    const found = (await readdir(folder)).find((each) => each.toLowerCase() === name.toLowerCase());
    return found === undefined ? undefined : path.join(folder, found);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL'].includes(systemCode(error) ?? '');
}
