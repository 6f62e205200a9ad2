import { knownRuns, type Run } from '../../session/runs.js';
import { knownSessions } from '../../session/sessions.js';

export const HOST_LISTS = ['runs', 'wrecks'] as const;
/** `runs` of this host, and the `wrecks` among them, which `status --forget` takes. */
export type HostList = (typeof HOST_LISTS)[number];

/** One a line, newest first: the run, a tab, and what it was. */
export function hostList(what: HostList): string {
  const runs: readonly Pick<Run, 'run' | 'record'>[] =
    what === 'runs'
      ? knownRuns()
      : knownSessions().flatMap(({ record, standing }) => (standing === 'live' ? [] : [{ run: record.run, record }]));
  return runs
    .map(({ run, record }) => `${run}\t${record ? `tag ${record.tag.trim()}, ${record.hits} hits` : 'no run.json'}\n`)
    .reverse()
    .join('');
}
