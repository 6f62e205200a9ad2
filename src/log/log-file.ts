import {
  closeSync,
  constants,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  openSync,
  renameSync,
  write,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EXIT, Fault, messageOf, systemCode } from '../fault.js';
import { despiteLocks } from '../platform/replace-file.js';
import { lockLog } from './log-lock.js';

export interface LogOptions {
  /** Bytes after which a new file is begun, at a line end; absent: never. */
  readonly maxBytes?: number;
}

const NEWLINE = 0x0a;
/** What is being written at the end may take so long. */
const CLOSE_MS = 3000;
/** A pipe that takes no more is tried again after so long. */
const FULL_PIPE_MS = 20;
// Append-only. A pipe or a device that takes no more says so instead of holding a thread of this program for ever.
const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK = 0 } = constants;
const FLAGS = O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK;

const writeSome = promisify(write);

/** debug.log: kd's bytes, unchanged, append-only, in the order of the calls. Writing never blocks the program. */
export class LogFile {
  /** Bytes written by this session, all files together. */
  bytes = 0;
  /** Files finished by rotation, oldest first. */
  readonly finished: string[] = [];
  #descriptor: number;
  #size: number;
  #dirty = false;
  #syncing = false;
  /** The last write, whatever became of it. */
  #last: Promise<unknown> = Promise.resolve();
  #writing = false;
  #closed = false;
  readonly #unlock: () => void;

  /** @throws Fault `log-busy`, `log-not-writable` */
  constructor(
    readonly file: string,
    private readonly options: LogOptions = {},
  ) {
    this.#unlock = locked(file);
    try {
      this.#descriptor = openSync(file, FLAGS, 0o600);
    } catch (error) {
      this.#unlock();
      throw notWritable(file, error);
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

  /**
   * Resolves when the chunk is written.
   * @throws Fault `disk-full`, `log-write-failed` (a lost share); what fitted is in the file
   */
  write(chunk: Uint8Array): Promise<void> {
    const written = this.#last.then(async () => {
      this.#writing = true;
      try {
        await this.#write(chunk);
      } finally {
        this.#writing = false;
      }
    });
    this.#last = written.catch(() => {});
    return written;
  }

  async #write(chunk: Uint8Array): Promise<void> {
    const limit = this.options.maxBytes;
    if (limit !== undefined && this.#size >= limit) {
      const end = chunk.indexOf(NEWLINE) + 1;
      await this.#append(chunk.subarray(0, end));
      if (end > 0) this.#rotate();
      chunk = chunk.subarray(end);
    }
    await this.#append(chunk);
  }

  async #append(chunk: Uint8Array): Promise<void> {
    let written = 0;
    try {
      while (written < chunk.length) written += await this.#appendSome(chunk.subarray(written));
    } catch (error) {
      throw writeFailed(this.file, error);
    } finally {
      this.bytes += written;
      this.#size += written;
      if (written > 0) this.#dirty = true;
    }
  }

  async #appendSome(chunk: Uint8Array): Promise<number> {
    try {
      return (await writeSome(this.#descriptor, chunk)).bytesWritten;
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw error;
      if (this.#closed) throw new Error('it took no more');
      await pause(FULL_PIPE_MS);
      return 0;
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
      this.#descriptor = despiteLocks(() => openSync(this.file, FLAGS, 0o600));
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

  /** Waits for what is being written, unless it hangs: then the file is left as it is. */
  async close(limitMs = CLOSE_MS): Promise<void> {
    await Promise.race([this.#last, pause(limitMs, undefined, { ref: false })]);
    this.#closed = true;
    if (!this.#writing) this.#closeFile();
    this.#unlock();
  }

  #closeFile(): void {
    try {
      fdatasyncSync(this.#descriptor);
    } catch {
      // A device that cannot be synced (a pipe, some shares) still has the bytes.
    }
    closeSync(this.#descriptor);
  }
}

function locked(file: string): () => void {
  try {
    return lockLog(file);
  } catch (error) {
    throw error instanceof Fault ? error : notWritable(file, error);
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
