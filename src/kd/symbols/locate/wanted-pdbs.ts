import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parsePdbKey, type StoreKey } from './store-key.js';

const FILE = 'wanted.txt';
/** Targets that one host is at in a week. */
const MOST = 20;

/**
 * The kernels' PDBs that were looked for while a target stood still, and not had: the next session fetches them before it stops that
 * target. One a line, as stores name them: `ntkrnlmp.pdb/3844DBB920174967BE7AA4A2C20430FA2`; the latest last.
 */
export class WantedPdbs {
  readonly #file: string;

  /** @param folder of the symbol cache */
  constructor(private readonly folder: string) {
    this.#file = path.join(folder, FILE);
  }

  /** In the words of `symbols fetch`. Nothing where nothing is kept, or where it cannot be read. */
  list(): readonly string[] {
    try {
      const lines = readFileSync(this.#file, 'utf8').split(/\r?\n/);
      return lines.filter((line) => parsePdbKey(line) !== undefined).slice(-MOST);
    } catch {
      return [];
    }
  }

  add(word: string): void {
    this.#keep([...this.list().filter((each) => each !== word), word].slice(-MOST));
  }

  /** It has been found. */
  remove(word: string): void {
    const before = this.list();
    const after = before.filter((each) => each !== word);
    if (after.length < before.length) this.#keep(after);
  }

  /** A convenience: where it cannot be written, nothing is said. */
  #keep(lines: readonly string[]): void {
    const partial = `${this.#file}.${process.pid}`;
    try {
      mkdirSync(this.folder, { recursive: true });
      try {
        writeFileSync(partial, lines.map((line) => `${line}\n`).join(''));
        renameSync(partial, this.#file);
      } finally {
        rmSync(partial, { force: true });
      }
    } catch {}
  }
}

/** `ntkrnlmp.pdb/3844DBB920174967BE7AA4A2C20430FA2` */
export function wordOf({ name, key }: StoreKey): string {
  return `${name}/${key}`;
}
