import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';

/** What `.logopen` may be told besides the name. */
export interface KdLogOptions {
  readonly append?: boolean;
  /** UTF-16. */
  readonly unicode?: boolean;
  /** The process and the moment become part of the name. */
  readonly stamped?: boolean;
}

/** The name that `.logopen` without one gives. Source: ".logopen (Open Log File)". */
export const DEFAULT_LOG = 'dbgeng.log';
const BYTE_ORDER_MARK = '\ufeff';

/** One log file. It is small and must survive whatever happens to this process: every text is with the system when write returns. */
export class KdLogFile {
  readonly file: string;
  readonly #descriptor: number;
  readonly #encoding: BufferEncoding;

  /** @throws Error of the file system */
  constructor(
    file: string,
    readonly options: KdLogOptions,
  ) {
    this.file = options.stamped ? stamped(file, new Date()) : file;
    this.#descriptor = openSync(this.file, options.append ? 'a' : 'w');
    this.#encoding = options.unicode ? 'utf16le' : 'utf8';
    if (options.unicode && fstatSync(this.#descriptor).size === 0) this.write(BYTE_ORDER_MARK);
  }

  write(text: string): void {
    const bytes = Buffer.from(text, this.#encoding);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** `mylogfile_02BC_2005-02-28_09-05-50-935.txt` for `mylogfile.txt`. */
export function stamped(file: string, now: Date): string {
  const { dir, name, ext } = path.parse(file);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join('-');
  const id = process.pid.toString(16).toUpperCase().padStart(4, '0');
  const moment = `${day}_${time}-${String(now.getMilliseconds()).padStart(3, '0')}`;
  return path.join(dir, `${name}_${id}_${moment}${ext}`);
}
