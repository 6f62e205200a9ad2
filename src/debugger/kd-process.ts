import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import type { Launch } from './command-line.js';
import { interruptByHelper } from './interrupt.js';

export interface KdExit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

/** A running kd: bytes out, lines in, and nothing that ends it by accident. */
export interface KdProcess {
  /** Resolves with kd's process id, or with undefined when it could not be started. */
  readonly started: Promise<number | undefined>;
  /** Resolves when the process has ended and its output has been delivered to the last byte. */
  readonly exited: Promise<KdExit>;
  /** Types lines, each with its ENTER, in one write. Does nothing once kd is gone. */
  type(...lines: string[]): void;
  /**
   * Sends the console interrupt: SIGINT, on Windows a console event into kd's own hidden console.
   * @param onFailed is told once, in words, when it could not be sent
   */
  interrupt(onFailed: (why: string) => void): void;
  /** Ends the process by force. Only ever when the target is known to run free of breakpoints, or kd never reached it. */
  kill(): void;
  /** Lets this program end while kd lives on. */
  abandon(): void;
}

/**
 * Gets every byte of kd's output, in order of arrival. When it returns, or what it returns resolves, the bytes are on disk and
 * acted on; until then no more is read.
 */
export type OnOutput = (chunk: Buffer) => void | Promise<void>;

/** A kd that is a child of this very process. */
export interface ChildKd extends KdProcess {
  /** Types bytes as they are. */
  write(bytes: Buffer | string): void;
}

const WINDOWS = process.platform === 'win32';
/** How long the output of a kd that has ended must be silent to be over, and how many times that is waited for. */
const DRAIN_MS = 250;
const DRAIN_LOOKS = 8;
const ENTER = WINDOWS ? '\r\n' : '\n';

/** Lines as kd's input takes them. */
export function typed(lines: readonly string[]): string {
  return lines.map((line) => line + ENTER).join('');
}

/**
 * Starts kd with its input kept open for as long as this program lives, and no window.
 * On POSIX it leads a process group, on Windows it has a hidden console of its own: the operator's Ctrl+C is for us,
 * not for the target. On Windows it ends with this program; supervisor.ts is what outlives that.
 */
export function spawnKd(launch: Launch, onOutput: OnOutput, cwd: string): ChildKd {
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
    detached: !WINDOWS,
    windowsHide: true,
  });
  const outputs = [child.stdout, child.stderr];
  for (const stream of outputs) stream?.on('data', (chunk: Buffer) => read(stream, chunk));
  child.once('exit', () => void closeWhenDrained(outputs));
  function read(stream: Readable, chunk: Buffer): void {
    const taken = onOutput(chunk);
    if (!taken) return;
    stream.pause();
    void taken.then(() => stream.resume());
  }
  // A kd that is gone is told by its exit; a broken input pipe says nothing more.
  child.stdin?.on('error', () => {});
  const exited = child.then(async (result): Promise<KdExit> => {
    if (result.exitCode === undefined && result.signal === undefined && result.failed) {
      await onOutput(Buffer.from(`${result.shortMessage}\n`));
    }
    return { code: result.exitCode, signal: result.signal };
  });
  const write = (bytes: Buffer | string): void => void (child.stdin?.writable && child.stdin.write(bytes));
  return {
    started: Promise.resolve(child.pid),
    exited,
    write,
    type: (...lines) => write(typed(lines)),
    interrupt: (onFailed) => interruptProcess(child.pid, onFailed),
    kill: () => void child.kill('SIGKILL'),
    abandon: () => {
      child.unref();
      for (const stream of [child.stdin, child.stdout, child.stderr]) {
        (stream as unknown as { unref?: () => void } | null)?.unref?.();
      }
    },
  };
}

/**
 * Closes the output of a process that has ended, when nothing of it is left to read. What kd has started (a colleague's
 * `.shell`, a helper of Wine) may hold the pipes open for as long as it likes, and may even print: none of that is kd's.
 */
async function closeWhenDrained(outputs: readonly Readable[]): Promise<void> {
  let taken = 0;
  for (const stream of outputs) stream.on('data', () => taken++);
  for (let looks = 0, before = -1; looks < DRAIN_LOOKS && taken > before; ) {
    before = taken;
    await setTimeout(DRAIN_MS);
    // Paused, it waits for somebody who writes to a disk.
    if (outputs.some((stream) => stream.isPaused())) before = -1;
    else looks++;
  }
  for (const stream of outputs) stream.destroy();
}

function interruptProcess(pid: number | undefined, onFailed: (why: string) => void): void {
  if (pid === undefined) onFailed('kd has no process');
  else if (WINDOWS) interruptByHelper(pid, onFailed);
  else {
    try {
      process.kill(pid, 'SIGINT');
    } catch (error) {
      onFailed(String(error));
    }
  }
}
