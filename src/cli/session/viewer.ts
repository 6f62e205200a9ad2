import { once } from 'node:events';
import readline from 'node:readline';
import { StringDecoder } from 'node:string_decoder';
import { redact } from '../../debugger/redact.js';
import { EXIT } from '../../fault.js';
import { followFile } from '../../log/follow.js';
import { cleanLines } from '../../platform/clean-text.js';
import { type ControlClient, connectControl } from '../../session/control.js';
import type { SessionRecord } from '../../session/records.js';
import type { RunRecord } from '../../session/run-record.js';
import type { SessionStatus } from '../../session/status.js';
import { silentWords } from '../commands/status.js';
import { endWith } from '../json-records.js';
import { printText } from '../terminal-text.js';
import { SessionKeyboard } from './keyboard.js';
import { ViewerKeys } from './keys.js';
import { SessionScreen } from './screen.js';

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
    printText(`The session ${run.run} does not answer; "livedebug status" shows how it stands.`);
    if (json) endWith(EXIT.busy);
    return EXIT.busy;
  }
  let status: SessionStatus | undefined;
  const screen = new SessionScreen(json, () => status);
  const over = new AbortController();
  const leave = (): void => control.close();
  process.once('SIGINT', leave);
  const atTerminal = process.stdin.isTTY === true;
  screen.say(
    `Watching ${run.run}. ${atTerminal ? 'Press q to leave it running, ? for the keys' : 'Type stop to release the target'}; Ctrl+C leaves it running.`,
  );
  const commands = new CommandLines(control);
  const keys = new ViewerKeys(
    { leave, breakIn: () => control.request({ do: 'break' }), isArmed: () => status?.armed === true },
    (line) => screen.say(line),
  );
  const keyboard = new SessionKeyboard({
    key: (key) => {
      if (!commands.take(key)) keys.press(key);
    },
    interrupt: leave,
  });
  const lines = atTerminal ? undefined : readline.createInterface({ input: process.stdin });
  lines?.on('line', (line) => commands.run(line));
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
      if (record?.event !== 'result') continue;
      exitCode = Number(record.exit_code);
      break;
    }
  } finally {
    clearInterval(asking);
    process.off('SIGINT', leave);
    over.abort();
    await tailing;
    lines?.close();
    keyboard.close();
    // A pipe that somebody keeps open would keep the program alive.
    process.stdin.destroy();
    screen.close();
    control.close();
  }
  // A viewer that leaves has not seen the session's own.
  if (json) endWith(exitCode);
  return exitCode;
}

/** Words that are typed to a viewer: `stop` releases the target, `break` breaks in. */
class CommandLines {
  #typed = '';

  constructor(private readonly control: ControlClient) {}

  /** A key that may be a part of a word. @returns whether it has ended one */
  take(key: string): boolean {
    if (key !== 'enter') {
      this.#typed = `${this.#typed}${key}`.slice(-16);
      return false;
    }
    const line = this.#typed;
    this.#typed = '';
    return this.run(line);
  }

  run(line: string): boolean {
    if (line.trim() === 'stop') this.control.request({ do: 'release', reason: 'a viewer asked for it' });
    else if (line.trim() === 'break') this.control.request({ do: 'break' });
    else return false;
    return true;
  }
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
