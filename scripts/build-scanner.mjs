// Compiles the scanner to WebAssembly, unless what is there is newer than its source.
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = 'src/stacks/scanner/scanner.as.ts';
const target = 'dist/stacks/scanner/scanner.wasm';

export async function buildScanner() {
  const sources = readdirSync(path.join(root, path.dirname(source))).filter((name) => name.endsWith('.as.ts'));
  const ages = sources.map((name) => age(path.join(path.dirname(source), name)));
  if (age(target) > Math.max(...ages, age('scripts/build-scanner.mjs'))) return;
  mkdirSync(path.join(root, path.dirname(target)), { recursive: true });
  const options = ['--outFile', target, '--runtime', 'stub', '--enable', 'simd', '--initialMemory', '40', '-O3'];
  const { error, stderr } = await asc.main([source, ...options, '--baseDir', root]);
  if (error) throw new Error(`the scanner does not compile\n${stderr}`, { cause: error });
}

function age(file) {
  return statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
