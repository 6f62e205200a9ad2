/** Where a key of KDNET may stand, as `key=w.x.y.z`, instead of on a command line, which every user of the host can read. */
export const KEY_VARIABLE = 'LIVEDEBUG_KDNET';

/** The key that stands in the environment, with `key=` before it or alone, as a kit's file has it; undefined for none. */
export function keyFromEnvironment(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return env[KEY_VARIABLE]?.trim().replace(/^key=\s*/i, '') || undefined;
}
