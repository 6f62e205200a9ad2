import { spawn } from 'node:child_process';
import { selfCommand } from '../platform/self.js';

/**
 * Starts the supervisor and ends: a supervisor whose parent is gone is in no tree that `taskkill /T` could end,
 * has no console that a closed window could end, and is in no job that ends with the session.
 */
export function launchSupervisor(pipe: string): void {
  const { command, args } = selfCommand('internal', 'supervise-kd', pipe);
  spawn(command, args, { detached: true, windowsHide: true, stdio: 'ignore' }).unref();
}
