// Writes docs/errors.md from the faults in src/. `npm run docs` runs it.
import { writeFileSync } from 'node:fs';
import { errorsPage } from './errors-page.mjs';
import { readFaults } from './faults.mjs';

const faults = readFaults();
writeFileSync(new URL('../../docs/errors.md', import.meta.url), errorsPage(faults));
process.stdout.write(`docs/errors.md: ${new Set(faults.map(({ code }) => code)).size} errors\n`);
