import { closeSync, existsSync, fdatasync, fdatasyncSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { EXIT, Fault, messageOf, systemCode } from '../fault.js';
import { lockLog } from './log-lock.js';
import { despiteLocks } from './replace-file.js';

export interface LogOptions {
  /** Bytes after which a new file is begun, at a line end; absent: never. */
  readonly maxBytes?: number;
}

const NEWLINE = 0x0a;

/**
 * debug.log: kd's bytes, unchanged, append-only. A chunk is written when `write` returns, before anybody acts on it;
 * a slow disk slows the reading of kd down instead of filling the memory.
 */
export class LogFile {
  /** Bytes written by this session, all files together. */
  bytes = 0;
  /** Files finished by rotation, oldest first. */
  readonly finished: string[] = [];
  #descriptor: number;
  #size: number;
  #dirty = false;
  #syncing = false;
  readonly #unlock: () => void;

  /** @throws Fault `log-busy`, `log-not-writable` */
  constructor(
    readonly file: string,
    private readonly options: LogOptions = {},
  ) {
    try {
      this.#unlock = lockLog(file);
      this.#descriptor = openSync(file, 'a');
    } catch (error) {
      throw error instanceof Fault ? error : notWritable(file, error);
    }
    const there = fstatSync(this.#descriptor);
    if (there.isDirectory()) {
      // Windows opens a folder like a file, and refuses the first write.
      closeSync(this.#descriptor);
      this.#unlock();
      throw notWritable(file, 'it is a folder');
    }
    this.#size = there.size;
  }

  /** @throws Fault `log-write-failed` (a full disk, a lost share); what fitted is in the file */
  write(chunk: Uint8Array): void {
    const limit = this.options.maxBytes;
    if (limit !== undefined && this.#size >= limit) {
      const end = chunk.indexOf(NEWLINE) + 1;
      this.#append(chunk.subarray(0, end));
      if (end > 0) this.#rotate();
      chunk = chunk.subarray(end);
    }
    this.#append(chunk);
  }

  #append(chunk: Uint8Array): void {
    let written = 0;
    try {
      while (written < chunk.length) written += writeSync(this.#descriptor, chunk, written);
    } catch (error) {
      throw writeFailed(this.file, error);
    } finally {
      this.bytes += written;
      this.#size += written;
      if (written > 0) this.#dirty = true;
    }
  }

  #rotate(): void {
    fdatasyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    const { dir, name, ext } = path.parse(this.file);
    let number = this.finished.length + 1;
    const numbered = () => path.join(dir, `${name}.${number}${ext}`);
    while (existsSync(numbered())) number++;
    try {
      despiteLocks(() => renameSync(this.file, numbered()));
      this.finished.push(numbered());
    } catch {
      // On Windows somebody may have the log open for days: then it grows on, and is tried again after as many bytes.
    }
    try {
      this.#descriptor = despiteLocks(() => openSync(this.file, 'a'));
    } catch (error) {
      throw writeFailed(this.file, error);
    }
    this.#size = 0;
  }

  /** Asks the system to put what is written on the disk itself, without waiting for it. */
  flush(): void {
    if (!this.#dirty || this.#syncing) return;
    this.#dirty = false;
    this.#syncing = true;
    fdatasync(this.#descriptor, () => {
      this.#syncing = false;
    });
  }

  close(): void {
    try {
      fdatasyncSync(this.#descriptor);
    } catch {
      // A device that cannot be synced (a pipe, some shares) still has the bytes.
    }
    closeSync(this.#descriptor);
    this.#unlock();
  }
}

function notWritable(file: string, error: unknown): Fault {
  return new Fault(
    'log-not-writable',
    EXIT.missing,
    `The log ${file} cannot be opened: ${messageOf(error)}.`,
    'Name a place you may write to with --log or --run-dir.',
    { cause: error },
  );
}

function writeFailed(file: string, error: unknown): Fault {
  const full = systemCode(error) === 'ENOSPC' || systemCode(error) === 'EDQUOT';
  return new Fault(
    full ? 'disk-full' : 'log-write-failed',
    EXIT.missing,
    full ? `The disk of ${file} is full.` : `Writing ${file} failed: ${messageOf(error)}.`,
    'The target is being released. Free some space, or start again with --log on another disk.',
    { cause: error },
  );
}
