import { KEY_VARIABLE } from '../kd-text/kdnet-key.js';
import type { KdProgram } from './find-kd.js';
import { remoteOption, type ServerName, serverOption } from './server-name.js';
import { kernelOption, type Transport, withoutKey } from './transport.js';

/** A program start, ready to be shown or spawned. `env` holds only what is added to the environment. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface ServerLaunchOptions {
  readonly server: ServerName;
  readonly transport: Transport;
  readonly symbolPath: string;
  /** kd's own log, which it overwrites when it starts. */
  readonly kdLog: string;
  /** Further arguments for kd, after ours. */
  readonly extra?: readonly string[];
}

/** kd as debugging server: `-server` must be its very first argument. Source: "KD Command-Line Options". */
export function serverLaunch(kd: KdProgram, options: ServerLaunchOptions): Launch {
  const { server, transport, symbolPath, kdLog, extra = [] } = options;
  // Microsoft's kd takes a key of KDNET from its arguments alone; ours is not to show it in the lists of processes.
  const hidden = kd.kind === 'built-in' ? withoutKey(transport) : undefined;
  return {
    command: kd.command,
    args: [...kd.args, '-server', serverOption(server), '-k', kernelOption(hidden?.transport ?? transport), ...extra],
    env: {
      ...kd.env,
      ...(hidden && { [KEY_VARIABLE]: hidden.key }),
      _NT_SYMBOL_PATH: symbolPath,
      _NT_DEBUG_LOG_FILE_OPEN: kdLog,
    },
  };
}

/** The same for a kd that is started again: what the first one has written to its log stays. */
export function startedAgain({ env, ...launch }: Launch): Launch {
  const { _NT_DEBUG_LOG_FILE_OPEN: log, ...others } = env;
  return { ...launch, env: log === undefined ? env : { ...others, _NT_DEBUG_LOG_FILE_APPEND: log } };
}

/**
 * kd as client of a debugging server. `-clines 0`: without the server's history, whose prompts would be taken for news.
 * @param breakIn adds `-bonc`: break in as soon as the client has joined
 */
export function clientLaunch(kd: KdProgram, server: ServerName, breakIn = false): Launch {
  const args = [...kd.args, '-remote', remoteOption(server), '-clines', '0', ...(breakIn ? ['-bonc'] : [])];
  return { command: kd.command, args, env: { ...kd.env } };
}

/** The symbol path: the one that was given, or the environment's, or Microsoft's server with a local store. */
export function symbolPathFrom(given: string | undefined, cache: string, env: NodeJS.ProcessEnv = process.env): string {
  return given ?? (env._NT_SYMBOL_PATH || symbolServerPath(cache));
}

/** `srv*CACHE*SERVER`, Microsoft's syntax for a symbol server with a local store. */
export function symbolServerPath(cache: string, server = 'https://msdl.microsoft.com/download/symbols'): string {
  return `srv*${cache}*${server}`;
}
