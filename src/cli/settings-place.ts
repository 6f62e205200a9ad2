import { homedir } from 'node:os';
import path from 'node:path';

/** Settings of a folder, for whoever works in it. */
export const LOCAL_FILE = 'livedebug.toml';

/** A user's own settings, wherever they work: `%APPDATA%\livedebug\livedebug.toml`, `$XDG_CONFIG_HOME/livedebug/livedebug.toml`. */
export function userFile(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const folder =
    platform === 'win32'
      ? env.APPDATA || path.join(homedir(), 'AppData', 'Roaming')
      : env.XDG_CONFIG_HOME || path.join(homedir(), '.config');
  return path.join(folder, 'livedebug', LOCAL_FILE);
}
