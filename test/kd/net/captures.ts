import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Keys, parseKey } from '../../../src/kd/net/key.js';
import type { Direction } from '../../../src/kd/wire/trace/trace.js';

const folder = path.resolve(import.meta.dirname, '../../../../shared/captures');
const unpacks = spawnSync('xz', ['--version'], { stdio: 'ignore' }).status === 0;

export interface Capture {
  readonly name: string;
  readonly key: string;
  /** Datagrams that were captured. */
  readonly datagrams: number;
}

/** WinDbg at a Windows 10 target, and Microsoft's engine at a simulated target, on a good network and on a bad one. */
export const CAPTURES: readonly Capture[] = [
  { name: 'kdnet-windbg', key: '8.8.8.8', datagrams: 955 },
  { name: 'kdnet-engine-2026-x64', key: '1.2.3.4', datagrams: 4217 },
  { name: 'kdnet-engine-2026-x64-lossy', key: '1.2.3.4', datagrams: 5421 },
].filter(({ name }) => unpacks && existsSync(fileOf(name)));

export interface Captured {
  readonly direction: Direction;
  readonly bytes: Buffer;
}

export function contentOf(name: string): Buffer {
  return spawnSync('xz', ['-dc'], { input: readFileSync(fileOf(name)), maxBuffer: 1 << 30 }).stdout;
}

export function datagramsOf(name: string): Captured[] {
  const lines = contentOf(name).toString('latin1').trim().split('\n');
  return lines.map((line) => {
    const [, from, hex = ''] = line.split('\t');
    return { direction: from === 'host' ? '>' : '<', bytes: Buffer.from(hex, 'hex') };
  });
}

export function keysOf(text: string): Keys {
  const keys = parseKey(text);
  if (!keys) throw new Error(`no key: ${text}`);
  return keys;
}

function fileOf(name: string): string {
  return path.join(folder, `${name}.tsv.xz`);
}
