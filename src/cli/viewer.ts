import { once } from 'node:events';
import readline from 'node:readline';
import { StringDecoder } from 'node:string_decoder';
import { cleanLines } from '../clean-text.js';
import { redact } from '../debugger/redact.js';
import { EXIT } from '../fault.js';
import { followFile } from '../log/follow.js';
import { type ControlClient, connectControl } from '../session/control.js';
import type { SessionRecord } from '../session/records.js';
import type { RunRecord } from '../session/run-record.js';
import type { SessionStatus } from '../session/status.js';
import { SessionScreen } from './session-screen.js';
import { silentWords } from './status.js';

const ASK_EVERY_MS = 500;
/** How much of the log a viewer sees first. */
const TAIL_BYTES = 4096;

/**
 * Watches a session of this host: its records, its status, the tail of its log. Typing `stop` releases the target,
 * Ctrl+C leaves only the viewer. @returns the session's exit code, or 0 when the viewer left
 */
export async function view(run: RunRecord, json: boolean, tail: boolean): Promise<number> {
  const control = await connectControl(run.run);
  if (!control) {
    process.stderr.write(`The session ${run.run} does not answer; "livedebug status" shows how it stands.\n`);
    return EXIT.busy;
  }
  let status: SessionStatus | undefined;
  const screen = new SessionScreen(json, () => status);
  const over = new AbortController();
  const leave = (): void => control.close();
  process.once('SIGINT', leave);
  screen.say(`Watching ${run.run}. Type stop to release the target; Ctrl+C leaves it running.`);
  const lines = commandLines(control);
  const asking = setInterval(() => control.request({ do: 'status' }), ASK_EVERY_MS);
  const tailing = tail && !json ? showTail(run.log, over.signal) : Promise.resolve();
  control.request({ do: 'watch' });
  let exitCode: number = EXIT.done;
  let heard = false;
  let silent = false;
  try {
    for await (const message of control.messages) {
      if (message.silent) {
        if (!silent) screen.say(`The session ${silentWords(run)}`);
        silent = true;
        if (heard) continue;
        exitCode = EXIT.busy;
        break;
      }
      heard = true;
      silent = false;
      if (message.status) status = message.status as SessionStatus;
      const record = message.record as SessionRecord | undefined;
      if (record) screen.record(record);
      if (record?.event === 'result') exitCode = Number(record.exit_code);
      if (record?.event === 'result') break;
    }
  } finally {
    clearInterval(asking);
    process.off('SIGINT', leave);
    over.abort();
    await tailing;
    lines.close();
    // A pipe that somebody keeps open would keep the program alive.
    process.stdin.destroy();
    screen.close();
    control.close();
  }
  return exitCode;
}

function commandLines(control: ControlClient): readline.Interface {
  const lines = readline.createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line.trim() === 'stop') control.request({ do: 'release', reason: 'a viewer asked for it' });
    if (line.trim() === 'break') control.request({ do: 'break' });
  });
  return lines;
}

// What a target has printed does nothing to the terminal.
async function showTail(log: string, signal: AbortSignal): Promise<void> {
  const decoder = new StringDecoder('utf8');
  for await (const bytes of followFile(log, -TAIL_BYTES, signal))
    if (!process.stdout.write(redact(cleanLines(decoder.write(bytes))))) await drained(signal);
}

// A terminal that does not read is waited for: what it does not show is in the log.
async function drained(signal: AbortSignal): Promise<void> {
  await once(process.stdout, 'drain', { signal }).catch(() => {});
}
