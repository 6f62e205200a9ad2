import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import type { ZodType } from 'zod';
import { EXIT, Fault, messageOf } from '../fault.js';

/** A kind of TOML file of which some are built in. */
export interface TomlKind<T> {
  /** The folder of those that are built in. */
  readonly folder: string;
  readonly schema: ZodType<T>;
  /** The first word of its Faults' codes: `scenario` in `scenario-invalid`. */
  readonly code: string;
  /** What messages call one, and the file of one. */
  readonly what: string;
  readonly fileOf: string;
  /** What to do about a name that is not there, a file that cannot be read, one that is not valid. */
  readonly hints: { readonly unknown: string; readonly unreadable: string; readonly invalid: string };
}

/** The files of a kind: by name where they are built in, by path elsewhere; checked against their schema. */
export class TomlFiles<T> {
  constructor(private readonly kind: TomlKind<T>) {}

  /** The names of the built-in ones, sorted. */
  names(): string[] {
    return readdirSync(this.kind.folder)
      .filter((file) => file.endsWith('.toml'))
      .map((file) => file.slice(0, -'.toml'.length))
      .sort();
  }

  /** Loads a built-in one by name, or any other by the path of its file. @throws Fault */
  load(nameOrFile: string): T {
    const { folder, what, hints } = this.kind;
    if (!/^[a-z0-9-]+$/.test(nameOrFile)) return this.read(nameOrFile);
    if (this.names().includes(nameOrFile)) return this.read(join(folder, `${nameOrFile}.toml`));
    throw this.#fault(
      'unknown',
      `There is no built-in ${what} ${nameOrFile}; there are ${this.names().join(', ')}.`,
      hints.unknown,
    );
  }

  /** Reads and checks a file; its Fault names file, key and what was expected. */
  read(file: string): T {
    const { fileOf, hints } = this.kind;
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      const message = `The ${fileOf} ${file} cannot be read: ${messageOf(error)}.`;
      throw this.#fault('unreadable', message, hints.unreadable, error);
    }
    return this.parse(text, file);
  }

  /** Checks the text of a file. @param file how messages name it */
  parse(text: string, file: string): T {
    let data: unknown;
    try {
      data = parse(text);
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      throw this.#invalid(file, [`line ${error.line}, column ${error.column}: ${error.message.split('\n')[0]}`]);
    }
    const checked = this.kind.schema.safeParse(data);
    if (checked.success) return checked.data;
    throw this.#invalid(
      file,
      checked.error.issues.map((issue) => `${keyOf(issue.path)}: ${issue.message}`),
    );
  }

  #invalid(file: string, problems: readonly string[]): Fault {
    const { what, hints } = this.kind;
    return this.#fault('invalid', `The ${what} ${file} is not valid:\n  ${problems.join('\n  ')}`, hints.invalid);
  }

  #fault(how: string, message: string, hint: string, cause?: unknown): Fault {
    return new Fault(
      `${this.kind.code}-${how}`,
      EXIT.usage,
      message,
      hint,
      cause === undefined ? undefined : { cause },
    );
  }
}

function keyOf(path: readonly PropertyKey[]): string {
  const key = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return key.replace(/^\./, '') || 'the file';
}
