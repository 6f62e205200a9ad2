// Bundles the browser code of the HTML report into dist/report/page, unless what is there is newer than its sources.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const STYLE = 'src/report/page/style';
const target = path.join(root, 'dist/report/page');

export async function buildPage() {
  const sources = readdirSync(path.join(root, 'src/report'), { recursive: true }).map((name) =>
    path.join(root, 'src/report', name),
  );
  const newest = Math.max(...[...sources, fileURLToPath(import.meta.url)].map(age));
  if (Math.min(age(path.join(target, 'page.js')), age(path.join(target, 'page.css'))) > newest) return;
  mkdirSync(target, { recursive: true });
  writeFileSync(path.join(target, 'page.css'), style());
  writeFileSync(path.join(target, 'page.js'), await bundled());
}

async function bundled() {
  const bundle = await rolldown({
    input: path.join(root, 'src/report/page/main.ts'),
    platform: 'browser',
    moduleTypes: { '.css': 'empty' },
    transform: { target: 'es2022' },
    onLog(level, log) {
      if (level === 'warn') throw new Error(`the page does not bundle: ${log.message}`);
    },
  });
  const { output } = await bundle.generate({ format: 'iife', minify: true });
  await bundle.close();
  const [chunk] = output;
  const code = chunk.code.replaceAll('</script', '<\\/script').trimEnd();
  return `${licences(chunk.moduleIds)}${code}\n`;
}

/** Whose work is in the bundle, and on what terms: their licences ask for it wherever a copy goes. */
function licences(modules) {
  const packages = new Set(modules.flatMap((id) => /^(.*[\\/]node_modules[\\/][^\\/]+)/.exec(id)?.[1] ?? []));
  const notices = new Map();
  for (const folder of [...packages].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const text = terms(license, readFileSync(path.join(folder, 'LICENSE'), 'utf8'));
    notices.set(text, [...(notices.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const written = [...notices].map(([text, names]) => `${names.join(', ')}\n${text}`);
  return `/*!\n${written.join('\n\n').replaceAll('*/', '* /')}\n*/\n`;
}

/** The terms of ISC and BSD are short; those of Apache are named by their address, as their appendix has it. */
function terms(license, text) {
  if (license !== 'Apache-2.0') return text.trim();
  return [
    'Copyright Martin Spier and contributors. Licensed under the Apache License, Version 2.0; you may obtain a copy at',
    'https://www.apache.org/licenses/LICENSE-2.0. Distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF',
    'ANY KIND, either express or implied.',
  ].join('\n');
}

/** The sheets in the order of their names, without what only their writers need. */
function style() {
  const sheets = readdirSync(path.join(root, STYLE)).sort();
  const css = sheets.map((name) => readFileSync(path.join(root, STYLE, name), 'utf8')).join('\n');
  return `${css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\n\s*/g, '\n')
    .trim()}\n`;
}

function age(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
