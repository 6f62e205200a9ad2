import { execFile } from 'node:child_process';
import { selfCommand } from '../platform/self.js';
import { breakEvent, ENDED_BY_EVENT } from '../platform/windows/console-event.js';

const LIMIT_MS = 5000;

/**
 * Sends the console event that breaks in to the hidden console of a kd, by a helper process.
 * @param onFailed is told once, in words, when it could not be sent
 */
export function interruptByHelper(pid: number, onFailed: (why: string) => void): void {
  const { command, args } = selfCommand('internal', 'console-event', String(pid), breakEvent());
  execFile(command, args, { windowsHide: true, timeout: LIMIT_MS }, (error, _stdout, stderr) => {
    if (!error || (typeof error.code === 'number' && error.code >>> 0 === ENDED_BY_EVENT)) return;
    onFailed(stderr.trim().split('\n')[0] || error.message);
  });
}
