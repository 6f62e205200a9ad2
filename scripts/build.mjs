// Compiles src/ to dist/ and makes the bin executable. Incremental: a second build takes about a second.
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { buildPage } from './build-page.mjs';
import { buildScanner } from './build-scanner.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const built = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);
chmodSync(new URL('../dist/main.js', import.meta.url), 0o755);
await buildScanner();
await buildPage();
