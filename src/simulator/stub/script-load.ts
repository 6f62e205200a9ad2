import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, TomlError } from 'smol-toml';
import { EXIT, Fault, messageOf } from '../../fault.js';
import { type Script, scriptSchema } from './script.js';

const builtIn = fileURLToPath(new URL('../../../fixtures/targets/', import.meta.url));

/** The names of the built-in target scripts, sorted. */
export function scriptNames(): string[] {
  return readdirSync(builtIn)
    .filter((file) => file.endsWith('.toml'))
    .map((file) => file.slice(0, -'.toml'.length))
    .sort();
}

/** Loads a built-in script by name, or any other by the path of its file. */
export function loadScript(nameOrFile: string): Script {
  const named = /^[a-z0-9-]+$/.test(nameOrFile);
  if (named && !scriptNames().includes(nameOrFile))
    throw new Fault(
      'script-unknown',
      EXIT.usage,
      `There is no built-in target script ${nameOrFile}; there are ${scriptNames().join(', ')}.`,
      'livedebug simulate scripts says what each of them is; a file of your own goes by its path (./name.toml).',
    );
  const file = named ? join(builtIn, `${nameOrFile}.toml`) : nameOrFile;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Fault(
      'script-unreadable',
      EXIT.usage,
      `The target script ${file} cannot be read: ${messageOf(error)}.`,
      'Name a built-in script or a file that exists.',
      { cause: error },
    );
  }
  return parseScript(text, file);
}

/** Checks the text of a script. @param file how messages name it */
export function parseScript(text: string, file: string): Script {
  let data: unknown;
  try {
    data = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw invalid(file, [`line ${error.line}, column ${error.column}: ${error.message.split('\n')[0]}`]);
  }
  const checked = scriptSchema.safeParse(data);
  if (checked.success) return checked.data;
  throw invalid(
    file,
    checked.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'the file'}: ${message}`),
  );
}

function invalid(file: string, problems: readonly string[]): Fault {
  return new Fault(
    'script-invalid',
    EXIT.usage,
    `The target script ${file} is not valid:\n  ${problems.join('\n  ')}`,
    'fixtures/targets/README.md describes every key.',
  );
}
