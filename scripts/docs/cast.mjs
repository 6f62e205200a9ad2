// A session at the simulated kd, as a terminal shows it: docs/session.txt. Words are the program's own; what differs from run to run
// (times, sizes, paths, process ids) is replaced.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** What is typed. The simulated kd plays its scenario `demo`, in which the target reboots once. */
const TYPED = 'start --tag Ddk --kd sim --port com1 --baud 115200 --break connected --max-hits 40';

/** The run directory that is shown in place of the real one. */
const SHOWN = '~/.local/state/livedebug/runs/20261123-093012-Ddk-4f1a';

/** Runs the session. @returns what is shown, and the exit code */
export async function playCast() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug cast '));
  const pipe = `cast-${process.pid}`;
  try {
    const env = {
      ...process.env,
      LIVEDEBUG_HOME: folder,
      LIVEDEBUG_PIPE_DIR: path.join(folder, 'p'),
      LIVEDEBUG_PIPE: pipe,
    };
    const child = spawn(process.execPath, [MAIN, ...TYPED.split(' ')], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
    const exitCode = await new Promise((resolve) => child.once('close', resolve));
    return { exitCode, text: castOf(text, pipe) };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** The output with fixed words in place of what differs. */
export function castOf(output, pipe) {
  const text = output
    .replaceAll(/(?:[A-Z]:)?[\\/][^\n"]*?[\\/]runs[\\/][\w-]+/g, SHOWN)
    .replaceAll('\\', '/')
    .replaceAll(pipe, 'livedebug')
    .replaceAll(/\bprocess \d+/g, 'process <pid>')
    .replaceAll(/\b\d[\d.,]* (?:ms|s|min|h)\b(?: \d+ (?:s|min)\b)?/g, '<time>')
    .replaceAll(/\b\d[\d.,]* (?:B|kB|MB|KB)\b/g, '<size>')
    .replaceAll(/^(?:waiting|breaking|arming|collecting|releasing|lost|pausing).*\n/gm, '');
  return `$ livedebug ${TYPED}\n${text}`;
}
