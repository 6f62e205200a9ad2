import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { selfCommand } from '../platform/self.js';
import { type KernelName, kernelFamily } from '../simulator/machine/kernels.js';
import { SESSION_AT_IT } from './commands/simulate.js';

// The simulated target of a rehearsal: how it is reached, and its process. What is rehearsed at it is in commands/rehearse.ts.

export interface RehearsalTarget {
  /** How the built-in kd finds it. */
  readonly port: string;
  readonly symbols: string;
  /** Its kernel, whose symbols are fetched before it is stopped. */
  readonly kernel: string;
  end(): Promise<void>;
}

/** How a target is reached. */
export interface Way {
  /** As a session takes it. */
  readonly port: string;
  /** As the target takes it. */
  readonly place: string;
  readonly life: readonly string[];
}

/** The target is switched on as soon as somebody holds the other end. */
export function cable(): Way {
  const name = `rehearsal-target-${process.pid}`;
  const windows = process.platform === 'win32';
  const pipe = windows ? `\\\\.\\pipe\\${name}` : path.join(mkdtempSync(path.join(os.tmpdir(), 'livedebug-')), 'com1');
  const life = ['--script', 'switched-on', '--state', 'off'];
  return { port: `pipe:${pipe}`, place: windows ? `pipe:${name}` : `unix:${pipe}`, life };
}

/** A target that runs, and asks for its host. The key is made for this rehearsal. */
export async function network(): Promise<Way> {
  const { createSocket } = await import('node:dgram');
  const { randomInt } = await import('node:crypto');
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  const key = Array.from({ length: 4 }, () => randomInt(2 ** 40).toString(36)).join('.');
  const place = `net:port=${port},key=${key}`;
  return { port: place, place, life: ['--connect', '127.0.0.1'] };
}

/**
 * Starts a target in a process of its own. Resolves when it can be reached.
 * @param words the command that simulates it
 */
export async function startTarget(
  { port }: Way,
  words: readonly string[],
  kernel: KernelName | undefined,
): Promise<RehearsalTarget> {
  const { command, args } = selfCommand(...words);
  const child = execa(command, args, { stdin: 'ignore', stdout: 'inherit', reject: false });
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text: Buffer) => {
      // The session comes by itself.
      process.stderr.write(withoutLines(text.toString(), SESSION_AT_IT));
      if (/ (?:listens at|asks) /.test(text.toString())) resolve();
    });
    void child.then(() => reject(new Error('the simulated target has ended')));
  });
  const { imageFolders } = await import('../simulator/machine/images/catalogue.js');
  const folders = imageFolders('x64', kernelFamily('x64', kernel));
  return {
    port,
    symbols: folders.join(';'),
    kernel: path.join(folders[0] as string, 'ntkrnlmp.exe'),
    async end() {
      child.kill('SIGINT');
      await child;
    },
  };
}

function withoutLines(text: string, beginning: string): string {
  const lines = text.split('\n');
  return lines.filter((line) => !line.startsWith(beginning)).join('\n');
}
