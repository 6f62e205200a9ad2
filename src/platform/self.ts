import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// When the tests run the sources as they are, the built program stands for them.
const beside = fileURLToPath(new URL('../main.js', import.meta.url));
const main = existsSync(beside) ? beside : fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How this program is started again with other words: several of its parts are processes of their own. */
export function selfCommand(...words: readonly string[]): { command: string; args: string[] } {
  return { command: process.execPath, args: [main, ...words] };
}
