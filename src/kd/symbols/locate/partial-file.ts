import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** After so long without a byte nobody writes to a partial any more: its process is gone. ms. */
const ABANDONED = 10 * 60_000;

/** A file that is on its way: it has a name of its own until it is whole, so that others see all of it or nothing. */
export interface PartialFile {
  readonly file: string;
  /** Bytes that an earlier attempt left. */
  readonly size: number;
  /** Puts it in its place. */
  finish(): Promise<void>;
  /** Leaves what is there for another attempt; nothing, once it has its place. */
  keepPartial(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Takes up what an earlier download of a file left, or begins anew. Two at once never write to the same partial, as taking one up
 * means renaming it, and that succeeds once. @throws what the system says of a folder that cannot be written
 */
export async function openPartialFile(target: string): Promise<PartialFile> {
  const folder = path.dirname(target);
  await mkdir(folder, { recursive: true });
  const left = `${target}.partial`;
  const file = `${target}.${randomUUID()}.part`;
  for (const each of [left, ...(await abandoned(folder, path.basename(target)))]) if (await moved(each, file)) break;
  // Says now what would go wrong later.
  await open(file, 'a').then((handle) => handle.close());
  const bytes = async () => (await stat(file)).size;
  const discard = async () => {
    await rm(file, { force: true });
    // What was made for nothing goes; folders that hold anything stay.
    for (const each of [folder, path.dirname(folder)]) await rmdir(each).catch(() => {});
  };
  return {
    file,
    size: await bytes(),
    async finish() {
      // On Windows a file that somebody has open cannot be replaced; then it is there already.
      if (!(await moved(file, target))) await stat(target);
    },
    async keepPartial() {
      if ((await bytes().catch(() => 0)) === 0 || !(await moved(file, left))) await discard();
    },
    discard,
  };
}

async function abandoned(folder: string, name: string): Promise<string[]> {
  const drafts = (await readdir(folder)).filter((each) => each.startsWith(`${name}.`) && each.endsWith('.part'));
  const found: string[] = [];
  for (const each of drafts) {
    const file = path.join(folder, each);
    const modified = await stat(file).then(
      (state) => state.mtimeMs,
      () => Number.POSITIVE_INFINITY,
    );
    if (Date.now() - modified > ABANDONED) found.push(file);
  }
  return found;
}

async function moved(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    () => false,
  );
}
