import { homedir } from 'node:os';
import path from 'node:path';

// Where the program keeps its things on this host. The files of one run are in run-directory.ts.

/**
 * Where this program keeps what outlives a session: LIVEDEBUG_HOME, else the platform's place for local state
 * (`%LOCALAPPDATA%\livedebug`, `~/Library/Application Support/livedebug`, `$XDG_STATE_HOME/livedebug`).
 */
export function homeDirectory(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env.LIVEDEBUG_HOME) return path.resolve(env.LIVEDEBUG_HOME);
  if (platform === 'win32') return path.join(env.LOCALAPPDATA ?? path.join(homedir(), 'AppData', 'Local'), 'livedebug');
  if (platform === 'darwin') return path.join(homedir(), 'Library', 'Application Support', 'livedebug');
  return path.join(env.XDG_STATE_HOME ?? path.join(homedir(), '.local', 'state'), 'livedebug');
}

/** Local copies of symbol files. */
export function symbolCache(home = homeDirectory()): string {
  return path.join(home, 'symbols');
}

/** The run directories, but for those that --run-dir put elsewhere: of these a file says where they are. */
export function runsDirectory(home = homeDirectory()): string {
  return path.join(home, 'runs');
}

/** One file for each session on this host, which says where its run directory is. */
export function sessionsDirectory(home = homeDirectory()): string {
  return path.join(home, 'sessions');
}
