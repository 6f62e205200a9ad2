// The host program: kd on the outside, the engine inside. MinGW compiles it, and Wine runs it.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const SOURCES = path.join(import.meta.dirname, 'host');
const COMPILERS = ['x86_64-w64-mingw32-g++-win32', 'x86_64-w64-mingw32-g++'];
// One file without DLLs of the compiler beside it.
const FLAGS = ['-std=c++17', '-O1', '-Wall', '-Wextra', '-Werror', '-static'];
const LIBRARIES = ['-lws2_32', '-luuid'];

/** The compiler that is here; undefined where there is none. */
export function findCompiler() {
  return COMPILERS.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

/** All that decides about the program, as text. */
export function hostSources() {
  const files = readdirSync(SOURCES).sort();
  return [...FLAGS, ...files.map((name) => readFileSync(path.join(SOURCES, name), 'utf8'))].join('\n');
}

/**
 * Compiles the host program.
 * @param {string} compiler @param {string} file the program to be made
 * @throws Error with what the compiler said
 */
export function compileHost(compiler, file) {
  const parts = readdirSync(SOURCES).filter((name) => name.endsWith('.cpp'));
  const words = [...FLAGS, '-o', file, ...parts, ...LIBRARIES];
  const { status, stderr, error } = spawnSync(compiler, words, { cwd: SOURCES, encoding: 'utf8', timeout: 120_000 });
  if (status !== 0) throw new Error(`the host program does not compile:\n${error?.message ?? stderr}`);
}
