import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, TomlError } from 'smol-toml';
import { EXIT, Fault, messageOf } from '../fault.js';
import { type Scenario, scenarioSchema } from './scenario.js';

const builtIn = fileURLToPath(new URL('../../fixtures/scenarios/', import.meta.url));

/** The names of the built-in scenarios, sorted. */
export function scenarioNames(): string[] {
  return readdirSync(builtIn)
    .filter((file) => file.endsWith('.toml'))
    .map((file) => file.slice(0, -'.toml'.length))
    .sort();
}

/** Loads a built-in scenario by name, or any other by the path of its file. */
export function loadScenario(nameOrFile: string): Scenario {
  if (!/^[a-z0-9-]+$/.test(nameOrFile)) return readScenario(nameOrFile);
  if (!scenarioNames().includes(nameOrFile)) throw unknownScenario(nameOrFile);
  return readScenario(join(builtIn, `${nameOrFile}.toml`));
}

/** Reads and checks a scenario file; its Fault names file, key and what was expected. */
export function readScenario(file: string): Scenario {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Fault(
      'scenario-unreadable',
      EXIT.usage,
      `The scenario file ${file} cannot be read: ${messageOf(error)}.`,
      'Name a built-in scenario (livedebug simulate scenarios lists them) or a file that exists.',
      { cause: error },
    );
  }
  return parseScenario(text, file);
}

/** Checks the text of a scenario file. @param file how messages name it */
export function parseScenario(text: string, file: string): Scenario {
  let data: unknown;
  try {
    data = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw invalidScenario(file, [`line ${error.line}, column ${error.column}: ${error.message.split('\n')[0]}`]);
  }
  const checked = scenarioSchema.safeParse(data);
  if (checked.success) return checked.data;
  throw invalidScenario(
    file,
    checked.error.issues.map((issue) => `${keyOf(issue.path)}: ${issue.message}`),
  );
}

function keyOf(path: readonly PropertyKey[]): string {
  const key = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return key.replace(/^\./, '') || 'the file';
}

function invalidScenario(file: string, problems: readonly string[]): Fault {
  return new Fault(
    'scenario-invalid',
    EXIT.usage,
    `The scenario ${file} is not valid:\n  ${problems.join('\n  ')}`,
    'fixtures/scenarios/README.md describes every key; livedebug simulate check FILE tries a file.',
  );
}

function unknownScenario(name: string): Fault {
  return new Fault(
    'scenario-unknown',
    EXIT.usage,
    `There is no built-in scenario ${name}; there are ${scenarioNames().join(', ')}.`,
    'Name one of these, or a scenario file with its path (./name.toml).',
  );
}
