#!/usr/bin/env node
const words = process.argv.slice(2);

const internal = async (): Promise<number> => (await import('./cli/internal.js')).internal(words.slice(1));
const command = async (): Promise<number> => (await import('./cli/run.js')).run(words);

/**
 * A command that looks after a target. While the program is loaded, and while it is taken down, a signal would end it without
 * a word: it is listened to from the first moment, and at the end nothing is taken down.
 */
async function withTarget(): Promise<never> {
  (await import('./cli/session/operator-input.js')).listenToOperator();
  const exitCode = await command();
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
  }
  process.exit(exitCode);
}

if (words[0] === 'internal') process.exitCode = await internal();
else if (/^(?:start|attach|rescue)$/.test(words[0] ?? '')) await withTarget();
else process.exitCode = await command();
