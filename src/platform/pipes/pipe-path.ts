import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { EXIT, Fault, messageOf, systemCode } from '../../fault.js';

/** The folder that stands for `\\.\pipe\` where there are no named pipes. Its owner makes it with mode 0700. */
export function pipeDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env.LIVEDEBUG_PIPE_DIR ?? join(tmpdir(), `livedebug-${userInfo().uid}`);
}

/**
 * Where a debugging server's pipe of that name is found: a named pipe on Windows, elsewhere a Unix socket
 * (of at most 100 bytes, a limit of the system that callers report).
 */
export function pipePath(
  name: string,
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  host = '.',
): string {
  if (platform === 'win32') return `\\\\${host}\\pipe\\${name}`;
  return join(pipeDirectory(env), name);
}

const OPEN_TO_OTHERS = 0o022;

/**
 * Makes the folder of the pipes, or sees that nobody else can put a pipe of his own into the one that is there: whoever could would be
 * given passwords, and orders for a target. On Windows there is nothing to check.
 * @throws Fault `pipe-directory`
 */
export function checkPipeDirectory(env: NodeJS.ProcessEnv = process.env): void {
  if (process.platform === 'win32') return;
  const directory = pipeDirectory(env);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    // A link that leads nowhere is there, too.
    if (systemCode(error) !== 'EEXIST') throw unfit(directory, messageOf(error));
  }
  const stat = lstatSync(directory);
  if (stat.isSymbolicLink() || !stat.isDirectory()) throw unfit(directory, 'it is not a folder, but a link or a file');
  if (stat.uid !== userInfo().uid) throw unfit(directory, `it belongs to somebody else (user ${stat.uid})`);
  // A folder of ours that others may write to was made so by mistake, or by a umask of 0.
  if ((stat.mode & OPEN_TO_OTHERS) !== 0) chmodSync(directory, stat.mode & 0o7777 & ~0o077);
}

function unfit(directory: string, why: string): Fault {
  return new Fault(
    'pipe-directory',
    EXIT.missing,
    `The folder of the pipes, ${directory}, cannot be trusted: ${why}.`,
    'Have it removed, or set LIVEDEBUG_PIPE_DIR to a folder of your own, for every command.',
  );
}
