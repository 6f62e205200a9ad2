import { fileURLToPath } from 'node:url';
import { TomlFiles } from '../../toml-files.js';
import { type Scenario, scenarioSchema } from './scenario.js';

const scenarios = new TomlFiles<Scenario>({
  schema: scenarioSchema,
  code: 'scenario',
  what: 'scenario',
  fileOf: 'scenario file',
  folder: fileURLToPath(new URL('../../../../fixtures/scenarios/', import.meta.url)),
  hints: {
    unknown: 'Name one of these, or a scenario file with its path (./name.toml).',
    unreadable: 'Name a built-in scenario (livedebug simulate scenarios lists them) or a file that exists.',
    invalid: 'fixtures/scenarios/README.md describes every key; livedebug simulate check FILE tries a file.',
  },
});

/** The names of the built-in scenarios, sorted. */
export const scenarioNames = (): string[] => scenarios.names();

/** Loads a built-in scenario by name, or any other by the path of its file. */
export const loadScenario = (nameOrFile: string): Scenario => scenarios.load(nameOrFile);

/** Reads and checks a scenario file; its Fault names file, key and what was expected. */
export const readScenario = (file: string): Scenario => scenarios.read(file);

/** Checks the text of a scenario file. @param file how messages name it */
export const parseScenario = (text: string, file: string): Scenario => scenarios.parse(text, file);
