import { clientLaunch } from './command-line.js';
import type { KdProgram } from './find-kd.js';
import { type KdProcess, spawnKd } from './kd-process.js';
import type { ServerName } from './server-name.js';

/**
 * The ways to break in, in the order they are tried; each is proved by a prompt that arrives and by nothing else.
 * `interrupt` a console interrupt to kd; `ctrl-f` the documented key, typed into kd's input; `client` a short-lived
 * client of the debugging server started with `-bonc`.
 */
export type BreakInWay = 'interrupt' | 'ctrl-f' | 'client';

/** CTRL+F: "break into the kernel, same as CTRL+C", as a line of input. Source: "KD Command-Line Options", control keys. */
export const CTRL_F = '\x06';
/** CTRL+B: leave kd without touching the target. */
export const CTRL_B = '\x02';

export function defaultLadder(platform: NodeJS.Platform): readonly BreakInWay[] {
  return platform === 'win32' ? ['client', 'ctrl-f'] : ['interrupt', 'ctrl-f', 'client'];
}

/** Sends one break-in, once. @returns what to call when the break has been proved or given up */
export function sendBreak(
  way: BreakInWay,
  kd: KdProcess,
  program: KdProgram,
  server: ServerName,
  cwd: string,
): () => void {
  if (way === 'interrupt') kd.interrupt();
  if (way === 'ctrl-f') kd.type(CTRL_F);
  return way === 'client' ? breakByClient(program, server, cwd) : () => {};
}

// The client leaves with CTRL+B, which leaves server and target as they are; only then may its process be ended.
function breakByClient(program: KdProgram, server: ServerName, cwd: string): () => void {
  const client = spawnKd(clientLaunch(program, server, true), () => {}, cwd);
  return () => {
    client.type(CTRL_B);
    const late = setTimeout(() => client.kill(), 2000);
    void client.exited.then(() => clearTimeout(late));
  };
}
