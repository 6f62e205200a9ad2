import { knownRuns, type Run } from '../../session/runs.js';
import { type KnownSession, knownSessions } from '../../session/sessions.js';
import { settingsFiles } from '../settings.js';

export const HOST_LISTS = ['runs', 'orphans', 'profiles', 'sessions'] as const;
/** `runs` of this host, the `orphans` among them, which `status --forget` takes, running `sessions`, and `profiles` of settings files. */
export type HostList = (typeof HOST_LISTS)[number];

/** One a line, newest first: the name, a tab, and what it is. A settings file that is not understood offers nothing. */
export async function hostList(what: HostList): Promise<string> {
  if (what === 'profiles') {
    const files = await settingsFiles(undefined, process.env).catch(() => []);
    return files.flatMap(({ name, profiles }) => [...profiles.keys()].map((each) => `${each}\t${name}\n`)).join('');
  }
  const wanted = (standing: KnownSession['standing']): boolean => (standing === 'live') === (what === 'sessions');
  const runs: readonly Pick<Run, 'run' | 'record'>[] =
    what === 'runs'
      ? knownRuns()
      : knownSessions().flatMap(({ record, standing }) => (wanted(standing) ? [{ run: record.run, record }] : []));
  return runs
    .map(({ run, record }) => `${run}\t${record ? `tag ${record.tag.trim()}, ${record.hits} hits` : 'no run.json'}\n`)
    .reverse()
    .join('');
}
