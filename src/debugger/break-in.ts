import { CTRL_B, CTRL_F } from '../kd-text/control-keys.js';
import type { BreakInWay } from './break-in-ways.js';
import { clientLaunch } from './command-line.js';
import type { KdProgram } from './find-kd.js';
import { type KdProcess, spawnKd } from './kd-process.js';
import type { ServerName } from './server-name.js';

/** @param attended whether somebody is there who can press a key */
export function defaultLadder(platform: NodeJS.Platform, attended: boolean): readonly BreakInWay[] {
  const ways: BreakInWay[] =
    platform === 'win32' ? ['interrupt', 'client', 'ctrl-f'] : ['interrupt', 'ctrl-f', 'client'];
  return attended ? [...ways, 'operator'] : ways;
}

/**
 * Sends one break-in, once.
 * @param onFailed is told, in words, when it could not be sent at all
 * @returns what to call when the break has been proved or given up
 */
export function sendBreak(
  way: BreakInWay,
  kd: KdProcess,
  program: KdProgram,
  server: ServerName,
  cwd: string,
  onFailed: (why: string) => void,
): () => void {
  if (way === 'interrupt') kd.interrupt(onFailed);
  if (way === 'ctrl-f') kd.type(CTRL_F);
  return way === 'client' ? startClient(program, server, cwd, true, onFailed).over : () => {};
}

/** A client of the debugging server that has been started for a break-in that is to be sent at a certain moment. */
export interface ReadyBreak {
  press(): void;
  readonly over: () => void;
}

/**
 * Starts a client that breaks in when it is told to: one that does so by itself comes at any moment, and is not heard between hits.
 * @param onReady is told when it has joined
 * @param onFailed is told, in words, when it has ended
 */
export function joinToBreak(
  program: KdProgram,
  server: ServerName,
  cwd: string,
  onReady: () => void,
  onFailed: (why: string) => void,
): ReadyBreak {
  let joined = false;
  const { client, over } = startClient(program, server, cwd, false, onFailed, (said) => {
    if (joined || !said.includes(') connected at ')) return;
    joined = true;
    onReady();
  });
  return { press: () => client.type(CTRL_F), over };
}

// The client leaves with CTRL+B, which leaves server and target as they are; only then may its process be ended.
function startClient(
  program: KdProgram,
  server: ServerName,
  cwd: string,
  breaks: boolean,
  onFailed: (why: string) => void,
  onSaid: (said: string) => void = () => {},
): { client: KdProcess; over: () => void } {
  let said = '';
  let over = false;
  const client = spawnKd(
    clientLaunch(program, server, breaks),
    (chunk) => {
      said = (said + chunk.toString('latin1')).slice(-500);
      onSaid(said);
    },
    cwd,
  );
  void client.exited.then(() => {
    if (!over) onFailed(`the client has ended: ${said.trim().split('\n').at(-1) ?? ''}`);
  });
  const leave = (): void => {
    if (over) return;
    over = true;
    client.type(CTRL_B);
    const late = setTimeout(() => client.kill(), 2000);
    void client.exited.then(() => clearTimeout(late));
  };
  return { client, over: leave };
}
