import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { redact } from '../../debugger/redact.js';
import { messageOf } from '../../fault.js';
import { cleanLines } from '../../platform/clean-text.js';
import { selfCommand } from '../../platform/self.js';

/** So much of the report fits on a screen with the session. */
const LINES = 14;

/**
 * Shows what is known so far, in a process of its own: reading a long log takes time, and the session must not wait for it.
 */
export class ReportSnapshot {
  #child: ChildProcess | undefined;

  constructor(
    private readonly directory: string,
    private readonly say: (line: string) => void,
  ) {}

  take(): void {
    if (this.#child) {
      this.say('A report is being made already.');
      return;
    }
    const { command, args } = selfCommand('report', this.directory, '--top', '5');
    let child: ChildProcessByStdio<null, Readable, Readable>;
    try {
      child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    } catch (error) {
      this.say(`The report could not be made: ${messageOf(error)}.`);
      return;
    }
    this.#child = child;
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
    child.once('error', (error) => this.#end(`The report could not be made: ${error.message}.`));
    child.once('close', () => this.#end(`${firstLines(text)}\nAll of it: livedebug report "${this.directory}"`));
  }

  close(): void {
    this.#child?.kill();
    this.#child = undefined;
  }

  #end(words: string): void {
    if (!this.#child) return;
    this.#child = undefined;
    this.say(redact(cleanLines(words)));
  }
}

function firstLines(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines.length > LINES ? lines.slice(0, LINES).join('\n').trimEnd() : lines.join('\n');
}
