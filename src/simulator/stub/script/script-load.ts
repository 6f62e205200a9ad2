import { fileURLToPath } from 'node:url';
import { TomlFiles } from '../../toml-files.js';
import { type Script, scriptSchema } from './script.js';

const scripts = new TomlFiles<Script>({
  schema: scriptSchema,
  code: 'script',
  what: 'target script',
  fileOf: 'target script',
  folder: fileURLToPath(new URL('../../../../fixtures/targets/', import.meta.url)),
  hints: {
    unknown: 'livedebug simulate scripts says what each of them is; a file of your own goes by its path (./name.toml).',
    unreadable: 'Name a built-in script or a file that exists.',
    invalid: 'fixtures/targets/README.md describes every key.',
  },
});

/** The names of the built-in target scripts, sorted. */
export const scriptNames = (): string[] => scripts.names();

/** Loads a built-in script by name, or any other by the path of its file. */
export const loadScript = (nameOrFile: string): Script => scripts.load(nameOrFile);

/** Checks the text of a script. @param file how messages name it */
export const parseScript = (text: string, file: string): Script => scripts.parse(text, file);
