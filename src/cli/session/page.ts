import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../fault.js';
import type { LiveSession } from '../../session/live-session.js';

/** A session stays small whatever its target prints; `livedebug report` keeps more stacks apart. */
const MOST_STACKS = 4_000;

/**
 * Writes the page of a session into its run directory: who allocated what. The target is free by then, and whatever
 * goes wrong here is said and changes nothing of how the session has ended.
 * @returns a line for people
 */
export async function writePage(session: LiveSession, directory: string): Promise<string> {
  const file = path.join(directory, 'report.html');
  try {
    const logs = session.logs.filter((log) => statSync(log).isFile());
    // Loaded only now: a session must not wait for it to begin.
    const [{ withLogs }, { buildReport }, { render }, { Wrappers }] = await Promise.all([
      import('../report/logs.js'),
      import('../../report/build/build.js'),
      import('../report/render.js'),
      import('../../stacks/attribute/wrappers.js'),
    ]);
    const name = logs.length > 1 ? directory : (logs[0] ?? directory);
    const wrappers = new Wrappers(session.wrappers);
    await withLogs([{ name, files: logs }], { keepText: true, most: MOST_STACKS }, async ({ logs: read, files }) => {
      writeFileSync(file, [...(await render(buildReport(read, { wrappers }), 'html', { out: file }, files))].join(''));
    });
    return `Page: ${file}`;
  } catch (error) {
    return `The page ${file} could not be written: ${messageOf(error)}.`;
  }
}
