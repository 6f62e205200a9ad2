import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EXIT } from '../../fault.js';
import { homeDirectory } from '../../session/home.js';
import { knownSessions } from '../../session/sessions.js';
import { printText } from '../terminal-text.js';

const LOOK_EVERY_MS = 50;

/** Starts the same command line again without this terminal, and waits until its session stands. @returns the exit code */
export async function startDetached(pipe: string): Promise<number> {
  const folder = path.join(homeDirectory(), 'detached');
  mkdirSync(folder, { recursive: true });
  const output = path.join(folder, `${pipe}-${Date.now()}.log`);
  const descriptor = openSync(output, 'a');
  const words = process.argv.slice(1).filter((word) => word !== '--detach');
  const child = spawn(process.execPath, words, {
    detached: true,
    windowsHide: true,
    stdio: ['ignore', descriptor, descriptor],
  });
  closeSync(descriptor);
  let ended: number | undefined;
  child.once('exit', (code) => {
    ended = code ?? EXIT.fault;
  });
  while (ended === undefined) {
    const session = knownSessions().find(({ record }) => record.pid === child.pid && record.phase !== 'idle');
    if (session && session.record.phase !== 'starting') {
      child.unref();
      const { run, directory } = session.record;
      printText(
        `Session ${run} runs as process ${child.pid}.\nRun directory: ${directory}\nJoin it: livedebug attach --pipe ${pipe}\nEnd it:  livedebug stop --pipe ${pipe}`,
      );
      return EXIT.done;
    }
    await pause(LOOK_EVERY_MS);
  }
  process.stderr.write(readFileSync(output, 'utf8'));
  return ended;
}
