import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** The folder that stands for `\\.\pipe\` where there are no named pipes. Its owner makes it with mode 0700. */
export function pipeDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env['LIVEDEBUG_PIPE_DIR'] ?? join(tmpdir(), `livedebug-${userInfo().uid}`);
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
