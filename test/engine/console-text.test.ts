import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ConsoleProgram } from './console.js';

const LIMIT_MS = 280_000;
const SCRIPTS = '25';

/** Runs a program of scripts/ to its end. */
async function ends(script: string, ...words: string[]): Promise<void> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const program = new ConsoleProgram(process.execPath, [`scripts/${script}`, ...words], root);
  expect(await program.ended(LIMIT_MS), program.text).toBe(0);
}

test(
  'the engine and the built-in kd print the same, but for what is listed with its reason',
  () => ends('engine/compare.mjs'),
  LIMIT_MS,
);

test(
  'so they do for scripts of random commands',
  () => ends('soak/engine.mjs', '--runs', SCRIPTS, '--seed', '1'),
  LIMIT_MS,
);
