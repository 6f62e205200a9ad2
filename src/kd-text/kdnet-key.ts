/** Where a key of KDNET may stand, as `key=w.x.y.z`, instead of on a command line, which every user of the host can read. */
export const KEY_VARIABLE = 'LIVEDEBUG_KDNET';
