import { spawnSync } from 'node:child_process';
import path from 'node:path';

const MAIN = path.resolve(import.meta.dirname, '../../dist/main.js');
const TELL = "process.on('exit',()=>process.stderr.write('\\npeak '+process.resourceUsage().maxRSS))";

/** Runs the built program as a process of its own. @returns its standard output, and its peak memory in megabytes */
export function runAtPeak(args: readonly string[]): { readonly out: string; readonly peak: number } {
  const preload = `data:text/javascript,${encodeURIComponent(TELL)}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', preload, MAIN, ...args], {
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  if (status !== 0) throw new Error(`it ended with ${status}: ${stderr}`);
  return { out: stdout, peak: Number(/peak (\d+)$/.exec(stderr)?.[1]) / 1024 };
}
