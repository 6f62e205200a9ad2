import path from 'node:path';
import { execa } from 'execa';

const MAIN = path.resolve(import.meta.dirname, '../../dist/main.js');

/** Runs the built program to its end, as somebody would from a shell. */
export async function livedebug(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): Promise<{ readonly code: number | undefined; readonly out: string; readonly err: string }> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, ...args], {
    env,
    ...(cwd !== undefined && { cwd }),
    reject: false,
    stripFinalNewline: false,
    stdin: 'ignore',
  });
  return { code: exitCode, out: stdout, err: stderr };
}
