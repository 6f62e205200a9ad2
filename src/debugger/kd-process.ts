import { execa } from 'execa';
import type { Launch } from './command-line.js';

export interface KdExit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

/** A running kd: bytes out, lines in, and nothing that ends it by accident. */
export interface KdProcess {
  readonly pid: number | undefined;
  /** Resolves when the process has ended and its output has been delivered to the last byte. */
  readonly exited: Promise<KdExit>;
  /** Types lines, each with its ENTER, in one write. Does nothing once kd is gone. */
  type(...lines: string[]): void;
  /** Sends the console interrupt where the platform has it (POSIX: SIGINT). @returns false where it has not */
  interrupt(): boolean;
  /** Ends the process by force. Only ever when the target is known to run free of breakpoints, or kd never reached it. */
  kill(): void;
  /** Lets this program end while kd lives on. */
  abandon(): void;
}

/**
 * Starts kd with its input kept open for as long as this program lives.
 * On POSIX it leads a process group of its own: the operator's Ctrl+C is for us, not for the target.
 * @param onOutput gets every byte of kd's output and error output, in order of arrival
 */
export function spawnKd(launch: Launch, onOutput: (chunk: Buffer) => void, cwd: string): KdProcess {
  const windows = process.platform === 'win32';
  const enter = windows ? '\r\n' : '\n';
  const child = execa(launch.command, launch.args, {
    cwd,
    env: { ...launch.env },
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    encoding: 'buffer',
    reject: false,
    cleanup: false,
    detached: !windows,
    windowsHide: true,
  });
  child.stdout?.on('data', onOutput);
  child.stderr?.on('data', onOutput);
  // A kd that is gone is told by its exit; a broken input pipe says nothing more.
  child.stdin?.on('error', () => {});
  const exited = child.then((result): KdExit => {
    if (result.exitCode === undefined && result.signal === undefined && result.failed) {
      onOutput(Buffer.from(`${result.shortMessage}\n`));
    }
    return { code: result.exitCode, signal: result.signal };
  });
  return {
    pid: child.pid,
    exited,
    type: (...lines) => void (child.stdin?.writable && child.stdin.write(lines.map((line) => line + enter).join(''))),
    interrupt: () => !windows && child.kill('SIGINT'),
    kill: () => void child.kill('SIGKILL'),
    abandon: () => {
      child.unref();
      for (const stream of [child.stdin, child.stdout, child.stderr]) {
        (stream as unknown as { unref?: () => void } | null)?.unref?.();
      }
    },
  };
}
