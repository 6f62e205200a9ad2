import { EXIT, Fault } from '../../fault.js';
import { followFile } from '../../log/follow.js';
import { buildReport, type Knowledge } from '../../report/build/build.js';
import { textReport } from '../../report/formats/text.js';
import { unreadable } from '../../report/read/read-log.js';
import { sessionTimes } from '../../report/read/session-events.js';
import { HitReader } from '../../stacks/read/hit-reader.js';
import { LiveText } from '../session/live-text.js';
import { printText } from '../terminal-text.js';
import { formatBytes } from '../units.js';
import { writeOutput } from '../write-output.js';
import type { Format, ReportOptions } from './options.js';
import { render } from './render.js';
import { namesFrom } from './symbols.js';

const TERMINAL_MS = 500;
const HEARTBEAT_MS = 10_000;
const TOP = 5;

/** Reads a log that grows, shows what leads it, and ends with the report when it is interrupted. */
export async function follow(
  names: readonly string[],
  knowledge: Knowledge,
  options: ReportOptions,
  format: Format,
): Promise<void> {
  const [name] = names;
  if (names.length !== 1 || name === undefined || name === '-')
    throw new Fault('follow-one', EXIT.usage, '--follow goes with one log, which is a file.', 'Name that file alone.');
  const reader = new HitReader({ wrappers: knowledge.wrappers });
  const over = new AbortController();
  const end = (): void => over.abort();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  const report = (): ReturnType<typeof buildReport> => {
    const findings = reader.findings();
    return buildReport([{ name, findings, events: sessionTimes(name, findings.bytes) }], knowledge);
  };
  const live = new LiveText(process.stderr);
  const show = (): void => {
    if (process.stderr.isTTY) live.show(topOf(report()));
    else printText(`${reader.hits} hits in ${formatBytes(reader.bytes)}; first: ${reader.topDriver()?.name ?? '-'}`);
  };
  if (!process.stderr.isTTY) printText(`Following ${name}; Ctrl+C ends with the report.`);
  const timer = setInterval(show, process.stderr.isTTY ? TERMINAL_MS : HEARTBEAT_MS);
  try {
    for await (const bytes of followFile(name, 0, over.signal)) reader.push(bytes);
  } catch (error) {
    throw unreadable(name, error);
  } finally {
    clearInterval(timer);
    live.clear();
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
  reader.end();
  const findings = reader.findings();
  const logs = [{ name, findings, events: sessionTimes(name, findings.bytes) }];
  const result = buildReport(logs, await namesFrom(options, knowledge, logs));
  await writeOutput(await render(result, format, options, [name]), options.out);
  if (result.hits === 0) process.exitCode = EXIT.nothingFound;
}

function topOf(report: ReturnType<typeof buildReport>): string {
  if (report.hits === 0) return `No stack yet, ${formatBytes(report.read.bytes)} read. Ctrl+C ends.`;
  const columns = Math.min(120, Math.max(60, process.stderr.columns));
  const rows = Math.max(5, process.stderr.rows - 2);
  const text = textReport(report, { top: TOP, by: 'driver', columns, colour: !process.env.NO_COLOR });
  return `${text
    .split('\n')
    .slice(0, rows - 1)
    .join('\n')
    .trimEnd()}\nFollowing; Ctrl+C ends with the whole report.`;
}
